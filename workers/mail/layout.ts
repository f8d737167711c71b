// From words to a mail: as text, and as HTML in which everything that was not written here is escaped. Pure.
import type { Locale } from './locale.ts';
import type { Letter } from './mail.ts';

const greeting = {
  en: (name: string) => `Hello ${name},`,
  de: (name: string) => `Guten Tag ${name},`,
  fr: (name: string) => `Bonjour ${name},`,
} as const satisfies Record<Locale, (name: string) => string>;

// A name of a few kilobytes is no name, and a line break in it would write our mail for us.
const nameLength = 80;
const asName = (name: string) => name.replaceAll(/\p{Cc}+/gu, ' ').slice(0, nameLength);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character]!);

export function asText(letter: Letter, name: string, locale: Locale): string {
  const rows = letter.rows.map(([label, value]) => `${label}: ${value}`);
  return [greeting[locale](asName(name)), '', letter.opening, '', ...rows, '', letter.closing].join('\n');
}

export function asHtml(letter: Letter, name: string, locale: Locale): string {
  const rows = letter.rows.map(
    ([label, value]) => `<tr><th align="left">${escaped(label)}</th><td>${escaped(value)}</td></tr>`,
  );
  return [
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escaped(letter.subject)}</title></head><body>`,
    `<p>${escaped(greeting[locale](asName(name)))}</p><p>${escaped(letter.opening)}</p>`,
    `<table>${rows.join('')}</table><p>${escaped(letter.closing)}</p></body></html>`,
  ].join('\n');
}
