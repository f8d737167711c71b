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
  ['duration', /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y],
  ['number', /\d+(?:\.\d+)?(?:e[+-]?\d+)?/y],
  // A colon before a number divides a range from its step.
  ['name', /[A-Za-z_][\w:]*|:[A-Za-z_:][\w:]*/y],
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
  readonly offset: string | null;
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
    const ranged = tokens[after]?.text === '[';
    const range = ranged ? (tokens[after + 1]?.text ?? null) : null;
    const then = ranged ? tokens.findIndex(({ text }, at) => at > after && text === ']') + 1 : after;
    const offset = tokens[then]?.text === 'offset' ? (tokens[then + 1]?.text ?? null) : null;
    found.push({ metric: token.text, matchers, range, offset });
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

export interface Grouping {
  readonly labels: readonly string[];
  readonly kind: 'aggregated' | 'joined';
  /** What is aggregated, or all that the expression reads where two sides are joined. */
  readonly over: readonly Selector[];
}

/** What `by` and `on` name; a label that is ignored or left out need not be there. */
export function groupingsOf(expr: string): Grouping[] {
  const tokens = tokensOf(expr);
  return tokens.flatMap(({ text }, index): Grouping[] => {
    if ((text !== 'by' && text !== 'on') || tokens[index + 1]?.text !== '(') return [];
    const ends = closing(tokens, index + 1);
    const labels = tokens
      .slice(index + 2, ends)
      .flatMap((token) => (token.kind === 'name' ? [token.text] : []));
    if (text === 'on') return [{ labels, kind: 'joined', over: selectorsOf(expr) }];
    // `sum by (a) (…)` or `sum(…) by (a)`.
    const [from, to] =
      tokens[ends + 1]?.text === '('
        ? [ends + 1, closing(tokens, ends + 1)]
        : [opening(tokens, index - 1), index - 1];
    const over = selectorsOf(expr.slice(tokens[from]!.at, tokens[to]!.at + 1));
    return [{ labels, kind: 'aggregated', over }];
  });
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (tokens[at]!.text === '(') depth += 1;
    if (tokens[at]!.text === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length - 1;
}

function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let at = close; at > 0; at -= 1) {
    if (tokens[at]!.text === ')') depth += 1;
    if (tokens[at]!.text === '(') depth -= 1;
    if (depth === 0) return at;
  }
  return 0;
}

/** The values a matcher lets through, where it names them one by one. */
export function namedValues({ op, value }: Matcher): string[] {
  if (op === '=') return [value];
  if (op !== '=~') return [];
  return value.split('|').map((one) => one.replaceAll('(\\.0)?', '').replaceAll(/\\(.)/g, '$1'));
}
