// Alerts on invariants without a budget: no fault of a provider is an excuse for one of them.
export const brokenPromises = [
  'DoubleCharge',
  'Oversell',
  'LostOrder',
  'CapturedWithoutOrder',
  'UnknownPaymentOverdue',
  'DiscrepancyOverdue',
  'DeadLetterPresent',
] as const;
