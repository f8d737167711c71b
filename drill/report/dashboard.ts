// The dashboards of the run as inline SVG: a small chart a panel, in the rows and widths that Grafana shows.
import { clock, niceCeiling, type Span } from './chart.ts';
import type { DrawnDashboard, DrawnPanel, DrawnSeries } from './dashboard-model.ts';
import { type Html, html } from './html.ts';
import { inUnit } from './units.ts';

export interface Axis {
  readonly totalSeconds: number;
  readonly faults: readonly Span[];
}

/** Drawn about as large as it is shown, so that letters keep their size: a row of 24 is some 960 pixels wide. */
const widthOf = (panel: DrawnPanel) => panel.width * 40;
const height = 136;
const top = 6;
/** Room for the clock below the lines. */
const bottom = 16;
const colours = 8;
const colourOf = (at: number) => `c${at % colours}`;

const last = ({ points }: DrawnSeries) => points.at(-1)?.[1] ?? null;

/** The colour of the highest band that the value reaches. */
function bandOf(value: number, bands: DrawnPanel['bands']): string {
  return bands.filter(({ from }) => from === null || value >= from).at(-1)?.color ?? 'green';
}

/** Points of a query come at one step; where twice that is missing, nothing was there. */
function stepOf(series: readonly DrawnSeries[]): number {
  const gaps = series.flatMap(({ points }) => points.slice(1).map(([at], n) => at - points[n]![0]));
  return gaps.length === 0 ? 1 : Math.max(1, Math.min(...gaps));
}

function path(
  points: DrawnSeries['points'],
  x: (at: number) => number,
  y: (v: number) => number,
  step: number,
) {
  return points
    .map(([at, value], n) => {
      const gap = n === 0 || at - points[n - 1]![0] > 2 * step;
      return `${gap ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

/** What never was anything but 0 is one line on the ground, and names that only fill the key hide those that matter. */
const isFlat = ({ points }: DrawnSeries) => points.every(([, value]) => value === 0);

function key(series: readonly DrawnSeries[], unit: string): Html {
  const flat = series.filter(isFlat);
  return html`<ul class="keys">${series.map((one, at) => {
    const value = last(one);
    return isFlat(one)
      ? null
      : html`<li class="${colourOf(at)}">${one.name || 'value'} <b>${value === null ? '–' : inUnit(value, unit)}</b></li>`;
  })}</ul>${flat.length === 0 ? null : html`<p class="flat">${inUnit(0, unit)} throughout: ${flat.map(({ name }) => name || 'value').join(', ')}</p>`}`;
}

const shade = ({ faults }: Axis, x: (at: number) => number, tall: number) =>
  faults.map(
    (f) =>
      html`<rect class="fault" x="${x(f.from).toFixed(1)}" y="0" width="${Math.max(1, x(f.until) - x(f.from)).toFixed(1)}" height="${tall}"><title>${f.label}</title></rect>`,
  );

/** When: the start, the end, and what is round between them. */
function ticks({ totalSeconds }: Axis, x: (at: number) => number, tall: number): Html[] {
  const every = [15, 30, 60, 120, 300, 600].find((step) => totalSeconds / step <= 5) ?? 1_800;
  const times = Array.from({ length: Math.floor(totalSeconds / every) + 1 }, (_, n) => n * every);
  return times
    .filter((at) => at === 0 || at < totalSeconds - every / 4)
    .map(
      (at) =>
        html`<text class="tick" x="${x(at).toFixed(1)}" y="${tall - 2}" text-anchor="${at === 0 ? 'start' : 'middle'}">${clock(at)}</text>`,
    );
}

function lines(panel: DrawnPanel, axis: Axis): Html {
  const { series, unit, bands } = panel;
  const width = widthOf(panel);
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const highest = Math.max(0, ...values);
  const lowest = Math.min(0, ...values);
  const wanted = bands.flatMap(({ from }) => (from === null || from <= 0 ? [] : [from]));
  // Where nothing rose there is nothing to press down, and the limit says how far away it is.
  const ceiling = niceCeiling(highest === 0 && wanted.length > 0 ? Math.min(...wanted) : highest);
  const span = ceiling - lowest;
  const x = (at: number) => (at / axis.totalSeconds) * width;
  const y = (value: number) => top + (1 - (value - lowest) / span) * (height - top - bottom);
  // A limit far above what was seen would press every line to the ground.
  const limits = wanted.filter((from) => from <= ceiling);
  const step = stepOf(series);
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${panel.title}: highest ${inUnit(highest, unit)}">
${shade(axis, x, height - bottom)}${[0, ceiling / 2].map((value) => html`<line class="grid" x1="0" x2="${width}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>`)}
${limits.map((from) => html`<line class="limit" x1="0" x2="${width}" y1="${y(from).toFixed(1)}" y2="${y(from).toFixed(1)}"/><text class="limit-label halo" x="${width - 3}" y="${(y(from) > top + 14 ? y(from) - 4 : y(from) + 12).toFixed(1)}" text-anchor="end">${inUnit(from, unit)}</text>`)}
${series.map((one, at) => html`<path class="line ${isFlat(one) ? 'flat-line' : colourOf(at)}" d="${path(one.points, x, y, step)}"><title>${one.name}</title></path>`)}
${[ceiling, ceiling / 2].map((value) => html`<text class="tick halo" x="3" y="${(y(value) + (value === ceiling ? 14 : -4)).toFixed(1)}">${inUnit(value, unit)}</text>`)}${ticks(axis, x, height)}</svg>${key(series, unit)}`;
}

interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly band: string;
}

/** One bar as long as the colour stays; a gap had no data. */
function stretches(points: DrawnSeries['points'], bands: DrawnPanel['bands'], step: number): Stretch[] {
  const found: Stretch[] = [];
  for (const [at, value] of points) {
    const band = bandOf(value, bands);
    const before = found.at(-1);
    const goesOn = before !== undefined && before.band === band && at <= before.until + step;
    found.splice(goesOn ? -1 : found.length, 1, { from: goesOn ? before.from : at, until: at + step, band });
  }
  return found;
}

/** A bar a series; what changes is its colour. */
function states(panel: DrawnPanel, axis: Axis): Html {
  const each = 18;
  const width = widthOf(panel);
  const label = 150;
  const tall = panel.series.length * each;
  const x = (at: number) => label + (at / axis.totalSeconds) * (width - label);
  const step = stepOf(panel.series);
  return html`<svg class="states" viewBox="0 0 ${width} ${tall + bottom}" role="img" aria-label="${panel.title}">
${panel.series.map(
  ({ name, points }, row) => html`<text class="tick" x="0" y="${row * each + 12}">${name}</text>
${stretches(points, panel.bands, step).map(({ from, until, band }) => html`<rect class="band ${band}" x="${x(from).toFixed(1)}" y="${row * each + 3}" width="${(x(until) - x(from)).toFixed(1)}" height="${each - 6}"><title>${name}: ${band} ${clock(from)}–${clock(until)}</title></rect>`)}`,
)}${shade(axis, x, tall)}${ticks(axis, x, tall + bottom)}</svg>`;
}

function figure({ series, unit, bands }: DrawnPanel): Html {
  const values = series.map(last).filter((value) => value !== null);
  const total = values.reduce((sum, value) => sum + value, 0);
  return html`<p class="figure ${bandOf(total, bands)}">${values.length === 0 ? '–' : inUnit(total, unit)}</p>`;
}

/** Grafana shows what is there now; of a run that is over, when it was there. */
const table = ({ series }: DrawnPanel): Html =>
  html`<ul class="rows">${series.map(
    ({ name, points }) =>
      html`<li>${name} <small>${clock(points[0]?.[0] ?? 0)}–${clock(points.at(-1)?.[0] ?? 0)}</small></li>`,
  )}</ul>`;

function picture(panel: DrawnPanel, axis: Axis): Html {
  if (panel.series.every(({ points }) => points.length === 0))
    return html`<p class="soft">Nothing was drawn.</p>`;
  switch (panel.kind) {
    case 'stat':
      return figure(panel);
    case 'state-timeline':
      return states(panel, axis);
    case 'table':
      return table(panel);
    default:
      return lines(panel, axis);
  }
}

const panelOf = (panel: DrawnPanel, axis: Axis) =>
  html`<figure class="panel w${panel.width}"><figcaption>${panel.title}</figcaption>${picture(panel, axis)}
<details><summary>What it means</summary>${panel.description}</details></figure>`;

export const dashboardOf = (dashboard: DrawnDashboard, axis: Axis): Html =>
  html`<h3>${dashboard.title}</h3><p class="soft">${dashboard.description}</p>
${dashboard.rows.map(
  (row) =>
    html`<h4>${row.title}</h4><div class="panels">${row.panels.map((panel) => panelOf(panel, axis))}</div>\n`,
)}`;
