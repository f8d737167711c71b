// The language of a mail follows the market the order was placed in. Pure.

export const locales = ['en', 'de', 'fr'] as const;
export type Locale = (typeof locales)[number];

const byMarket: Readonly<Record<string, Locale>> = {
  DE: 'de',
  AT: 'de',
  CH: 'de',
  LI: 'de',
  FR: 'fr',
  BE: 'fr',
  LU: 'fr',
  MC: 'fr',
};

/** English where we have no better. */
export const localeOf = (market: string): Locale => byMarket[market] ?? 'en';

const tags = { en: 'en-GB', de: 'de-DE', fr: 'fr-FR' } as const satisfies Record<Locale, string>;
// Making a formatter costs more than the rest of the mail; currencies and languages are few.
const formatters = new Map<string, { readonly format: Intl.NumberFormat; readonly minorUnits: number }>();

export function amount(locale: Locale, minor: number, currency: string): string {
  const key = `${locale} ${currency}`;
  let known = formatters.get(key);
  if (known === undefined) {
    const format = new Intl.NumberFormat(tags[locale], { style: 'currency', currency });
    known = { format, minorUnits: 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2) };
    formatters.set(key, known);
  }
  return known.format.format(minor / known.minorUnits);
}
