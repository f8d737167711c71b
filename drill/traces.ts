// Is a trace whole? Following children and links must lead from the click to the mail. Pure.
import { z } from 'zod';
import type { CheckResult } from '../loadtests/gate/verdict.ts';
import { checks } from './checks.ts';
import type { SpanFacts } from './facts.ts';

export const compactSpan = z.object({
  trace: z.string(),
  span: z.string(),
  parent: z.string().nullable(),
  service: z.string(),
  name: z.string(),
  start_ms: z.number(),
  duration_ms: z.number(),
  error: z.boolean(),
  links: z.array(z.tuple([z.string(), z.string()])),
});
export type CompactSpan = z.infer<typeof compactSpan>;

export const mailSpanName = 'send mail';
/** The span that hands the confirmation to SMTP; workers/notifications.ts opens it. */
export const isMailSpan = (span: CompactSpan) => span.service === 'workers' && span.name === mailSpanName;

/** The service whose span a click enters by. */
const entryService = 'checkout';

interface SpanTree {
  readonly byTrace: ReadonlyMap<string, readonly CompactSpan[]>;
  readonly known: ReadonlySet<string>;
  /** Spans that hang from, or link to, the span `trace/span`. */
  readonly next: ReadonlyMap<string, readonly CompactSpan[]>;
}

const idOf = (trace: string, span: string) => `${trace}/${span}`;

export function growTree(spans: readonly CompactSpan[]): SpanTree {
  const byTrace = new Map<string, CompactSpan[]>();
  const next = new Map<string, CompactSpan[]>();
  const known = new Set<string>();
  const add = (map: Map<string, CompactSpan[]>, key: string, span: CompactSpan) => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [span]);
    else list.push(span);
  };
  for (const span of spans) {
    known.add(idOf(span.trace, span.span));
    add(byTrace, span.trace, span);
    if (span.parent !== null) add(next, idOf(span.trace, span.parent), span);
    for (const [trace, id] of span.links) add(next, idOf(trace, id), span);
  }
  return { byTrace, known, next };
}

/** Whether `isMail` is reached from the click of `trace`. A span whose parent is missing is a gap, except where the click comes in. */
export function isWhole(tree: SpanTree, trace: string, isMail: (span: CompactSpan) => boolean): boolean {
  const entries = (tree.byTrace.get(trace) ?? []).filter(
    (span) =>
      span.service === entryService && (span.parent === null || !tree.known.has(idOf(trace, span.parent))),
  );
  const seen = new Set<string>();
  const queue = [...entries];
  for (let span = queue.pop(); span !== undefined; span = queue.pop()) {
    const id = idOf(span.trace, span.span);
    if (seen.has(id)) continue;
    seen.add(id);
    if (isMail(span)) return true;
    queue.push(...(tree.next.get(id) ?? []));
  }
  return false;
}

export function traceCheck(
  placedTraces: readonly string[],
  spans: readonly CompactSpan[],
  facts: SpanFacts,
  isMail: (span: CompactSpan) => boolean,
): CheckResult {
  const head = { check: 'traces-whole', kind: checks['traces-whole'] } as const;
  if (facts.dropped > 0)
    return {
      ...head,
      status: 'unknown',
      detail: `${facts.dropped} spans were dropped on the way in: let the machine breathe`,
    };
  if (placedTraces.length === 0) return { ...head, status: 'unknown', detail: 'no placed order to follow' };
  const tree = growTree(spans);
  const broken = placedTraces.filter((trace) => !isWhole(tree, trace, isMail));
  const whole = placedTraces.length - broken.length;
  const counts = { observed: whole, required: placedTraces.length };
  if (broken.length === 0)
    return {
      ...head,
      ...counts,
      status: 'pass',
      detail: `${whole} of ${whole} placed orders lead from click to mail`,
    };
  return {
    ...head,
    ...counts,
    status: 'fail',
    detail: `${broken.length} of ${placedTraces.length} placed orders have a trace that breaks off, first ${broken[0]}`,
  };
}
