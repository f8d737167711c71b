// A PromQL expression as a tree: what is computed from what. promtool says what Prometheus would refuse; what cannot be
// read here is null, and rules say nothing of it.
import { type Matcher, type Token, tokensOf } from '../../alerts/promql-reader.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'series';
      readonly metric: string;
      readonly matchers: readonly Matcher[];
      readonly ranged: boolean;
      readonly offset?: string;
    }
  | { readonly kind: 'call'; readonly name: string; readonly of: readonly Expression[] }
  | {
      readonly kind: 'aggregation';
      readonly name: string;
      readonly by?: readonly string[];
      readonly without?: readonly string[];
      readonly of: readonly Expression[];
    }
  | {
      readonly kind: 'binary';
      readonly op: string;
      readonly bool: boolean;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'text'; readonly value: string };

const aggregations = new Set(
  'sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio'.split(
    ' ',
  ),
);
/** Weakest first; `^` binds to the right and is all that does. */
const precedence: readonly (readonly string[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '<=', '<', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%', 'atan2'],
  ['^'],
];
const constants: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, nan: Number.NaN };

class Unreadable extends Error {}

class Reader {
  private at = 0;
  private readonly tokens: readonly Token[];

  constructor(expr: string) {
    this.tokens = tokensOf(expr);
  }

  whole(): Expression {
    const read = this.binary(0);
    if (this.at < this.tokens.length) throw new Unreadable();
    return read;
  }

  private next(): string | undefined {
    return this.tokens[this.at]?.text;
  }

  private take(): Token {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new Unreadable();
    return token;
  }

  private skip(text: string): boolean {
    if (this.next() !== text) return false;
    this.at += 1;
    return true;
  }

  private need(text: string): void {
    if (!this.skip(text)) throw new Unreadable();
  }

  private binary(level: number): Expression {
    const operators = precedence[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    while (operators.includes(this.next() ?? '')) {
      const op = this.take().text;
      const bool = this.skip('bool');
      for (const clause of ['on', 'ignoring', 'group_left', 'group_right'])
        if (this.skip(clause) && this.next() === '(') this.names();
      left = { kind: 'binary', op, bool, left, right: this.binary(op === '^' ? level : level + 1) };
    }
    return left;
  }

  private unary(): Expression {
    if (this.skip('+')) return this.unary();
    if (!this.skip('-')) return this.modified(this.primary());
    const of = this.unary();
    if (of.kind === 'number') return { kind: 'number', value: -of.value };
    return { kind: 'binary', op: '*', bool: false, left: { kind: 'number', value: -1 }, right: of };
  }

  /** A range, or a subquery, which is a range of whatever it is over. */
  private modified(of: Expression): Expression {
    if (this.skip('[')) {
      let steps = false;
      while (!this.skip(']')) steps = this.take().text.startsWith(':') || steps;
      return this.modified(
        of.kind === 'series' && !steps ? { ...of, ranged: true } : { kind: 'call', name: '[]', of: [of] },
      );
    }
    if (this.skip('offset')) {
      const offset = `${this.skip('-') ? '-' : ''}${this.take().text}`;
      return this.modified(of.kind === 'series' ? { ...of, offset } : { kind: 'call', name: '[]', of: [of] });
    }
    return of;
  }

  private primary(): Expression {
    const token = this.take();
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'string') return { kind: 'text', value: token.text.slice(1, -1) };
    if (token.text === '(') {
      const inside = this.binary(0);
      this.need(')');
      return inside;
    }
    if (token.text === '{') return { kind: 'series', metric: '', matchers: this.matchers(), ranged: false };
    if (token.kind !== 'name') throw new Unreadable();
    return this.named(token.text);
  }

  private named(name: string): Expression {
    const constant = constants[name.toLowerCase()];
    if (constant !== undefined) return { kind: 'number', value: constant };
    const grouped = ['(', 'by', 'without'].includes(this.next() ?? '');
    if (aggregations.has(name) && grouped) {
      const before = this.clause();
      const of = this.list();
      return { kind: 'aggregation', name, of, ...(before ?? this.clause()) };
    }
    if (this.next() === '(') return { kind: 'call', name, of: this.list() };
    const matchers = this.skip('{') ? this.matchers() : [];
    return { kind: 'series', metric: name, matchers, ranged: false };
  }

  private clause(): { by: string[] } | { without: string[] } | undefined {
    if (this.skip('by')) return { by: this.names() };
    return this.skip('without') ? { without: this.names() } : undefined;
  }

  private list(): Expression[] {
    this.need('(');
    const found: Expression[] = [];
    while (!this.skip(')')) {
      found.push(this.binary(0));
      if (!this.skip(',') && this.next() !== ')') throw new Unreadable();
    }
    return found;
  }

  private names(): string[] {
    this.need('(');
    const found: string[] = [];
    while (!this.skip(')')) if (!this.skip(',')) found.push(this.take().text);
    return found;
  }

  private matchers(): Matcher[] {
    const found: Matcher[] = [];
    while (!this.skip('}')) {
      if (this.skip(',')) continue;
      const [label, op, value] = [this.take(), this.take(), this.take()];
      if (value.kind !== 'string') throw new Unreadable();
      const [at, end] = [label.at, value.at + value.text.length];
      found.push({ label: label.text, op: op.text, value: JSON.parse(value.text) as string, at, end });
    }
    return found;
  }
}

const read = new Map<string, Expression | null>();

export function expressionOf(expr: string): Expression | null {
  const known = read.get(expr);
  if (known !== undefined) return known;
  const found = readOnce(expr);
  read.set(expr, found);
  return found;
}

function readOnce(expr: string): Expression | null {
  try {
    return new Reader(expr).whole();
  } catch (error) {
    if (error instanceof Unreadable || error instanceof SyntaxError) return null;
    throw error;
  }
}

const partsOf = (one: Expression): readonly Expression[] => {
  if (one.kind === 'call' || one.kind === 'aggregation') return one.of;
  return one.kind === 'binary' ? [one.left, one.right] : [];
};

/** It and everything in it. */
export const allIn = (one: Expression): Expression[] => [one, ...partsOf(one).flatMap(allIn)];

export type SeriesRead = Extract<Expression, { kind: 'series' }>;
export const seriesIn = (one: Expression): SeriesRead[] =>
  allIn(one).filter((part) => part.kind === 'series');
