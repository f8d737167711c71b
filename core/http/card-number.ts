// Card numbers never enter: a text that holds one is refused before it reaches a log, a span or a table.

// 13 to 19 digits, ISO/IEC 7812; people group them with blanks or dashes.
const candidates = /(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])/g;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Luhn keeps order numbers and epoch times, which are as long, from being taken for cards nine times in ten. */
export function isCardNumber(text: string): boolean {
  if (text.length < 13) return false;
  return (text.match(candidates) ?? []).some((run) => passesLuhn(run.replace(/[ -]/g, '')));
}

/** Path of the first text in `value` that holds a card number (`payment.token`), null when there is none. */
export function findCardNumber(value: unknown, path = ''): string | null {
  if (typeof value === 'string') return isCardNumber(value) ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const found = findCardNumber(member, path === '' ? name : `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}
