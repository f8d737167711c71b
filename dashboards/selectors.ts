// The series selectors in a PromQL expression, found by reading it token by token: enough to ask of each whether it is
// alive. Prometheus parses the expression itself; what it refuses never comes here.

const aggregationClauses = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const operators = new Set(['and', 'or', 'unless', 'bool', 'offset', 'atan2']);
const identifier = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
/** `sum by (…) (…)`: the name before it is an aggregation, not a metric. */
const clauseAhead = /(?:by|without)\b/y;
const string = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;
const number = /[0-9][0-9a-zA-Z.]*/y;

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Index after the bracket that closes the one at `at`; strings inside may hold brackets. */
function afterClosing(text: string, at: number, close: string): number {
  let index = at + 1;
  while (index < text.length && text[index] !== close) {
    index += match(string, text, index)?.length ?? 1;
  }
  return index + 1;
}

const skipSpaces = (text: string, at: number): number => {
  let index = at;
  while (index < text.length && /\s/.test(text[index]!)) index += 1;
  return index;
};

export interface Found {
  /** `name{matchers}`, as written. */
  readonly selectors: readonly string[];
  /** Labels that a `by (…)` promises. */
  readonly grouping: readonly string[];
}

export function readSelectors(expr: string): Found {
  const selectors = new Set<string>();
  const grouping = new Set<string>();
  let at = 0;
  while (at < expr.length) {
    const text = match(string, expr, at) ?? match(number, expr, at);
    if (text !== null) {
      at += text.length;
      continue;
    }
    if (expr[at] === '[') {
      at = afterClosing(expr, at, ']');
      continue;
    }
    const name = match(identifier, expr, at);
    if (name === null) {
      at += 1;
      continue;
    }
    const next = skipSpaces(expr, at + name.length);
    if (aggregationClauses.has(name) && expr[next] === '(') {
      const end = afterClosing(expr, next, ')');
      if (name === 'by') {
        const labels = expr.slice(next + 1, end - 1).split(',');
        for (const label of labels) grouping.add(label.trim());
      }
      at = end;
    } else if (
      aggregationClauses.has(name) ||
      operators.has(name) ||
      expr[next] === '(' ||
      match(clauseAhead, expr, next)
    ) {
      at = next;
    } else {
      const end = expr[next] === '{' ? afterClosing(expr, next, '}') : at + name.length;
      selectors.add(expr.slice(at, end));
      at = end;
    }
  }
  // `le` is summed away by the quantile that needs it.
  grouping.delete('le');
  grouping.delete('');
  return { selectors: [...selectors], grouping: [...grouping] };
}
