// How a buyer may pay. Pure: the contract, the metrics, the routing and the provider lab read the one list.

export const paymentMethods = ['card', 'wallet', 'bnpl', 'gift_card'] as const;

export type PaymentMethod = (typeof paymentMethods)[number];

/** Methods whose buyer may first have to agree at the provider's own page: the payment is completed in a second call. */
export const completedLater: ReadonlySet<string> = new Set<PaymentMethod>(['bnpl']);
