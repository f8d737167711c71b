// Money is integers in minor units; every sum in the shop is made here.

export interface PricedLine {
  readonly quantity: number;
  readonly unit_price_minor: number;
}

export const lineAmount = (line: PricedLine) => line.quantity * line.unit_price_minor;

export const subtotal = (lines: readonly PricedLine[]) =>
  lines.reduce((sum, line) => sum + lineAmount(line), 0);
