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
const formatters = new Map<string, Intl.NumberFormat>();

export function amount(locale: Locale, minor: number, currency: string): string {
  const key = `${locale} ${currency}`;
  let format = formatters.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(tags[locale], { style: 'currency', currency });
    formatters.set(key, format);
  }
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
