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
const height = 120;
const top = 6;
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

const key = (series: readonly DrawnSeries[], unit: string) =>
  html`<ul class="keys">${series.map((one, at) => {
    const value = last(one);
    return html`<li class="${colourOf(at)}">${one.name || 'value'} <b>${value === null ? '–' : inUnit(value, unit)}</b></li>`;
  })}</ul>`;

const shade = ({ faults }: Axis, x: (at: number) => number, tall: number) =>
  faults.map(
    (f) =>
      html`<rect class="fault" x="${x(f.from).toFixed(1)}" y="0" width="${Math.max(1, x(f.until) - x(f.from)).toFixed(1)}" height="${tall}"><title>${f.label}</title></rect>`,
  );

function lines(panel: DrawnPanel, axis: Axis): Html {
  const { series, unit, bands } = panel;
  const width = widthOf(panel);
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const highest = Math.max(0, ...values);
  const lowest = Math.min(0, ...values);
  const ceiling = niceCeiling(highest);
  const span = ceiling - lowest;
  const x = (at: number) => (at / axis.totalSeconds) * width;
  const y = (value: number) => top + (1 - (value - lowest) / span) * (height - top);
  // A limit far above what was seen would press every line to the ground.
  const limits = bands.flatMap(({ from }) =>
    from !== null && from <= ceiling && from >= lowest ? [from] : [],
  );
  const step = stepOf(series);
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${panel.title}: highest ${inUnit(highest, unit)}">
${shade(axis, x, height)}<line class="grid" x1="0" x2="${width}" y1="${y(0).toFixed(1)}" y2="${y(0).toFixed(1)}"/>
${limits.map((from) => html`<line class="limit" x1="0" x2="${width}" y1="${y(from).toFixed(1)}" y2="${y(from).toFixed(1)}"><title>${inUnit(from, unit)}</title></line>`)}
${series.map((one, at) => html`<path class="line ${colourOf(at)}" d="${path(one.points, x, y, step)}"><title>${one.name}</title></path>`)}
<text class="tick" x="3" y="${top + 9}">${inUnit(ceiling, unit)}</text></svg>${key(series, unit)}`;
}

/** A bar a series; what changes is its colour. */
function states(panel: DrawnPanel, axis: Axis): Html {
  const each = 18;
  const width = widthOf(panel);
  const label = 150;
  const tall = panel.series.length * each;
  const x = (at: number) => label + (at / axis.totalSeconds) * (width - label);
  const step = stepOf(panel.series);
  return html`<svg class="states" viewBox="0 0 ${width} ${tall}" role="img" aria-label="${panel.title}">
${panel.series.map(
  ({ name, points }, row) => html`<text class="tick" x="0" y="${row * each + 12}">${name}</text>
${points.map(([at, value]) => html`<rect class="band ${bandOf(value, panel.bands)}" x="${x(at).toFixed(1)}" y="${row * each + 3}" width="${(x(at + step) - x(at) + 0.3).toFixed(1)}" height="${each - 6}"/>`)}`,
)}${shade(axis, x, tall)}</svg>`;
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
