// Card numbers never enter: a text that holds one is refused before it reaches a log, a span or a table. Pure: the provider
// lab keeps the same door.

// Payment cards begin with 2 to 6 and have 13 to 19 digits (ISO/IEC 7812), solid or in the groups that are embossed.
// Any other dash ends the run: an id such as 1730000000000-42 is not a card.
const run =
  '[2-6](?:[0-9]{12,18}|[0-9]{3}([ .\u00a0-])[0-9]{4}\\1[0-9]{4}\\1[0-9]{4}(?:\\1[0-9]{3})?|[0-9]{3}([ .\u00a0-])[0-9]{6}\\2[0-9]{5})';
const candidates = new RegExp(`(?<![0-9])${run}(?![0-9])`, 'g');
// Random ids in base 16 or 64 have such runs inside, one in a thousand; none has one that stands alone.
const standing = new RegExp(`(?<![0-9A-Za-z])${run}(?![0-9A-Za-z])`, 'g');

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** For what people typed. Not for random ids: one of them in a thousand has such a run of digits. */
export const holdsCardNumber = (text: string): boolean => matches(text, candidates);

/** For anything that may hold ids: a card number with nothing but punctuation and blanks around it. */
export const holdsStandingCardNumber = (text: string): boolean => matches(text, standing);

function matches(text: string, pattern: RegExp): boolean {
  if (text.length < 13) return false;
  return (text.match(pattern) ?? []).some((found) => passesLuhn(found.replace(/[^0-9]/g, '')));
}

/** Path of the first text in `value` that holds a card number (`payment.token`), null when there is none. */
export const findCardNumber = (value: unknown, holds = holdsCardNumber): string | null =>
  findText(value, holds);

/**
 * Path of the first text or number that `holds` (`payment.token`), or of what a name that does belongs to; null when there
 * is none. Not recursive: a body may be nested as deep as it is long.
 */
export function findText(value: unknown, holds: (text: string) => boolean): string | null {
  const left: { readonly value: unknown; readonly path: string }[] = [{ value, path: '' }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' || typeof value === 'number') {
      if (holds(String(value))) return path;
    } else if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value);
      // A name somebody made up is not repeated.
      if (members.some(([name]) => holds(name))) return path || 'body';
      for (const [name, member] of members.reverse())
        left.push({ value: member, path: path === '' ? name : `${path}.${name}` });
    }
  }
  return null;
}

/** For ids: the whole of it is a card number. */
export const isCardNumber = (text: string) => /^[2-6][0-9]{12,18}$/.test(text) && passesLuhn(text);
