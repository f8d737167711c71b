// Reads a PromQL expression far enough to ask what it selects and to change one part of it. No grammar: tokens, and the
// selectors among them.

export type TokenKind = 'string' | 'number' | 'duration' | 'name' | 'comparison' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

const kinds: readonly (readonly [TokenKind, RegExp])[] = [
  ['string', /"(?:[^"\\]|\\.)*"/y],
  ['duration', /(?<=\[)\d+(?:ms|[smhdwy])(?=\])/y],
  ['number', /\d+(?:\.\d+)?(?:e[+-]?\d+)?/y],
  ['name', /[A-Za-z_:][\w:]*/y],
  ['comparison', /[=!]~|[<>=!]=|[<>]/y],
  ['symbol', /\S/y],
];

export function tokensOf(expr: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < expr.length; ) {
    if (/\s/.test(expr[at]!)) {
      at += 1;
      continue;
    }
    for (const [kind, pattern] of kinds) {
      pattern.lastIndex = at;
      const text = pattern.exec(expr)?.[0];
      if (text === undefined) continue;
      tokens.push({ kind, text, at });
      at += text.length;
      break;
    }
  }
  return tokens;
}

export interface Matcher {
  readonly label: string;
  readonly op: string;
  /** Unquoted and unescaped. */
  readonly value: string;
  readonly at: number;
  readonly end: number;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  readonly range: string | null;
}

const keywords = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool', 'offset']);
const labelLists = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

export function selectorsOf(expr: string): Selector[] {
  const tokens = tokensOf(expr);
  const found: Selector[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    if (token.kind !== 'name') continue;
    if (labelLists.has(token.text)) {
      while (index < tokens.length && tokens[index]!.text !== ')') index += 1;
      continue;
    }
    const next = tokens[index + 1]?.text;
    // A function or an aggregation, whose grouping may come first.
    if (keywords.has(token.text) || next === '(' || next === 'by' || next === 'without') continue;
    const { matchers, after } = matchersAt(tokens, index + 1);
    const range = tokens[after]?.text === '[' ? (tokens[after + 1]?.text ?? null) : null;
    found.push({ metric: token.text, matchers, range });
    index = after - 1;
  }
  return found;
}

function matchersAt(tokens: readonly Token[], start: number): { matchers: Matcher[]; after: number } {
  const matchers: Matcher[] = [];
  if (tokens[start]?.text !== '{') return { matchers, after: start };
  let index = start + 1;
  for (; tokens[index] !== undefined && tokens[index]!.text !== '}'; index += 1) {
    const [label, op, value] = [tokens[index]!, tokens[index + 1], tokens[index + 2]];
    if (label.kind !== 'name' || op === undefined || value?.kind !== 'string') continue;
    matchers.push({
      label: label.text,
      op: op.text,
      value: JSON.parse(value.text) as string,
      at: label.at,
      end: value.at + value.text.length,
    });
    index += 2;
  }
  return { matchers, after: index + 1 };
}

/** The values a matcher lets through, where it names them one by one. */
export function namedValues({ op, value }: Matcher): string[] {
  if (op === '=') return [value];
  if (op !== '=~') return [];
  return value.split('|').map((one) => one.replaceAll('(\\.0)?', '').replaceAll(/\\(.)/g, '$1'));
}
