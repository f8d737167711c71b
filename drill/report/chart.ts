// Charts as inline SVG: load, latency, alerts and faults over one time axis. No script, no request.
import { type Html, html } from './html.ts';
import type { ReportModel } from './model.ts';

const width = 960;
const left = 56;
const right = 12;
const plot = width - left - right;

/** A round number at or above `value`: 1, 1.5, 2, 3, 5 or 7.5 times a power of ten. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 5, 7.5, 10].map((step) => step * power).find((step) => step >= value)!;
}

export const clock = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

export interface Span {
  readonly from: number;
  readonly until: number;
  readonly label: string;
}

interface Line {
  readonly name: string;
  readonly css: string;
  readonly values: readonly { readonly at: number; readonly value: number | null }[];
}

function path(line: Line, x: (at: number) => number, y: (value: number) => number): string {
  let pen = 'M';
  const parts: string[] = [];
  for (const { at, value } of line.values) {
    // A gap is a gap: nothing is drawn through seconds that had no data.
    if (value === null) {
      pen = 'M';
      continue;
    }
    parts.push(`${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
    pen = 'L';
  }
  return parts.join('');
}

function lines(
  title: string,
  unit: string,
  series: readonly Line[],
  faults: readonly Span[],
  total: number,
  limit: { readonly value: number; readonly label: string } | null,
): Html {
  const height = 168;
  const top = 10;
  const bottom = 24;
  const largest = Math.max(limit?.value ?? 0, ...series.flatMap((s) => s.values.map((v) => v.value ?? 0)));
  // Room above, so that the label of a limit is not cut off.
  const ceiling = niceCeiling(largest * 1.1);
  const x = (at: number) => left + (at / total) * plot;
  const y = (value: number) => top + (1 - value / ceiling) * (height - top - bottom);
  const ticks = [0, 0.5, 1].map((share) => share * ceiling);
  const everySeconds = [10, 15, 30, 60, 120, 300].find((step) => total / step <= 12) ?? 600;
  const times = Array.from({ length: Math.floor(total / everySeconds) + 1 }, (_, at) => at * everySeconds);
  const dash = series.map(
    (s) => html`<path class="line ${s.css}" d="${path(s, x, y)}"><title>${s.name}</title></path>`,
  );
  return html`<figure><figcaption>${title} <small>${unit}</small> ${series.map(
    (s) => html`<span class="key ${s.css}">${s.name}</span>`,
  )}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}, largest value ${largest.toPrecision(3)} ${unit}">
${faults.map((f) => html`<rect class="fault" x="${x(f.from).toFixed(1)}" y="${top}" width="${Math.max(1, x(f.until) - x(f.from)).toFixed(1)}" height="${height - top - bottom}"><title>${f.label}</title></rect>`)}
${ticks.map((t) => html`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(t).toFixed(1)}" y2="${y(t).toFixed(1)}"/><text class="tick" x="${left - 6}" y="${(y(t) + 4).toFixed(1)}" text-anchor="end">${Number(t.toPrecision(3))}</text>`)}
${times.map((t) => html`<text class="tick" x="${x(t).toFixed(1)}" y="${height - 6}" text-anchor="middle">${clock(t)}</text>`)}
${limit === null ? null : html`<line class="limit" x1="${left}" x2="${width - right}" y1="${y(limit.value).toFixed(1)}" y2="${y(limit.value).toFixed(1)}"/><text class="limit-label" x="${width - right - 4}" y="${(y(limit.value) - 4).toFixed(1)}" text-anchor="end">${limit.label}</text>`}
${dash}
</svg></div></figure>`;
}

/** After the last bar of its name; before the first where that would run out of the picture; over it where neither fits. */
function barLabel(
  name: string,
  y: number,
  spans: readonly Span[],
  x: (at: number) => number,
  total: number,
): Html {
  const from = Math.min(...spans.map((span) => span.from));
  const until = Math.max(...spans.map((span) => span.until));
  const fitsAfter = until <= total * 0.7;
  const fitsBefore = from > total * 0.25;
  const [at, anchor, css] = fitsAfter
    ? ([x(until) + 6, 'start', ''] as const)
    : fitsBefore
      ? ([x(from) - 6, 'end', ''] as const)
      : ([x(from) + 6, 'start', ' over'] as const);
  return html`<text class="bar-label${css}" x="${at.toFixed(1)}" y="${y}" text-anchor="${anchor}">${name}</text>`;
}

/** Rows of bars on the same axis: what was broken when, and which alert was up when. */
function bars(
  title: string,
  rows: readonly { readonly css: string; readonly span: Span }[],
  total: number,
): Html {
  const names = [...new Set(rows.map((row) => row.span.label))];
  const rowHeight = 24;
  const height = Math.max(1, names.length) * rowHeight + 4;
  const x = (at: number) => left + (at / total) * plot;
  return html`<figure><figcaption>${title}</figcaption><div class="scroll" tabindex="0" role="region" aria-label="${title}"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${names.join(', ')}">
${names.map((_, at) => html`<line class="grid" x1="${left}" x2="${width - right}" y1="${(at + 1) * rowHeight}" y2="${(at + 1) * rowHeight}"/>`)}
${rows.map(({ css, span }) => {
  const y = names.indexOf(span.label) * rowHeight;
  return html`<rect class="bar ${css}" x="${x(span.from).toFixed(1)}" y="${y + 4}" width="${Math.max(3, x(span.until) - x(span.from)).toFixed(1)}" height="${rowHeight - 8}" rx="3"><title>${span.label} ${clock(span.from)}–${clock(span.until)}</title></rect>`;
})}
${names.map((name, at) =>
  barLabel(
    name,
    at * rowHeight + 17,
    rows.filter((row) => row.span.label === name).map((row) => row.span),
    x,
    total,
  ),
)}
</svg></div></figure>`;
}

const secondsOf =
  ({ run }: ReportModel) =>
  (ms: number) =>
    (ms - run.started_ms) / 1000;

/** The run in seconds and what was broken when: every chart of the page has this axis. */
export function axisOf(model: ReportModel): {
  readonly totalSeconds: number;
  readonly faults: readonly Span[];
} {
  const seconds = secondsOf(model);
  const faults = model.experiments.flatMap((e): Span[] =>
    e.injected_ms === null
      ? []
      : [{ from: seconds(e.injected_ms), until: seconds(e.undone_ms ?? model.run.ended_ms), label: e.id }],
  );
  return { totalSeconds: Math.max(1, seconds(model.run.ended_ms)), faults };
}

export function timeline(model: ReportModel): Html {
  const { totalSeconds: total, faults } = axisOf(model);
  const orders = model.points.map((p) => ({ at: p.at, value: p.ordersPerSecond }));
  return html`${lines('Orders submitted', 'per second', [{ name: 'submissions', css: 's1', values: orders }], faults, total, null)}
${lines(
  'Submission latency, from the intended click',
  'ms',
  [
    { name: 'p99', css: 's2', values: model.points.map((p) => ({ at: p.at, value: p.p99Ms })) },
    { name: 'p50', css: 's1', values: model.points.map((p) => ({ at: p.at, value: p.p50Ms })) },
  ],
  faults,
  total,
  { value: 1000, label: '1 s objective' },
)}
${bars(
  'Faults and alerts',
  [
    ...faults.map((span) => ({ css: 'is-fault', span })),
    ...alertSpans(model).map((span) => ({ css: 'is-alert', span })),
  ],
  total,
)}`;
}

/** From each alert's first firing delivery to its resolution, or to the end of the run. */
function alertSpans(model: ReportModel): Span[] {
  const open = new Map<string, Span>();
  const closed: Span[] = [];
  const seconds = secondsOf(model);
  for (const d of model.deliveries) {
    const tier = d.labels.burn_tier ?? d.labels.provider;
    const label = tier === undefined ? d.name : `${d.name} (${tier})`;
    const span = open.get(d.fingerprint);
    if (d.status === 'firing' && span === undefined)
      open.set(d.fingerprint, { from: seconds(d.received_ms), until: seconds(model.run.ended_ms), label });
    if (d.status === 'resolved' && span !== undefined) {
      closed.push({ ...span, until: seconds(d.received_ms) });
      open.delete(d.fingerprint);
    }
  }
  return [...closed, ...open.values()]
    .filter((span) => span.label !== 'Watchdog')
    .sort((a, b) => a.from - b.from);
}
