// A panel asks something, and what it asks can be read. That Prometheus reads it too, promtool says (parse.ts).
import { tokensOf } from '../../alerts/promql-reader.ts';
import { panelsIn, place, type Rule } from './document.ts';

const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };

/** The bracket or quote that has no partner; null when all have. */
function unpaired(expr: string): string | null {
  const open: string[] = [];
  for (const { kind, text } of tokensOf(expr)) {
    if (kind !== 'symbol') continue;
    if (text === '"') return text;
    if (text in closing) open.push(text);
    else if (Object.values(closing).includes(text) && closing[open.pop() ?? ''] !== text) return text;
  }
  return open.at(-1) ?? null;
}

export const queries: Rule = {
  name: 'queries',
  find: (document) =>
    panelsIn(document).flatMap((panel) => {
      const at = place(document, panel);
      const targets = panel.targets ?? [];
      if (targets.length === 0) return [`${at} asks nothing; give it a query`];
      const letters = new Set(targets.map(({ refId }) => refId));
      return [
        ...(letters.size === targets.length ? [] : [`${at} uses a letter for two queries; name each once`]),
        ...targets.flatMap(({ refId, expr }) => {
          const lone = unpaired(expr);
          if (expr.trim() !== '' && lone === null) return [];
          return [`${at} ${refId}: ${lone === null ? 'is empty' : `${lone} has no partner`}; mend the query`];
        }),
      ];
    }),
};
