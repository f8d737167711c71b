// report.html: one file that opens offline, the verdict and its reasons first.
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import type { CheckName } from '../checks.ts';
import { alertLabel } from '../detection.ts';
import { type PanelFacts, queryTitle } from '../facts.ts';
import { advice } from './advice.ts';
import { axisOf, timeline } from './chart.ts';
import { dashboardOf } from './dashboard.ts';
import { type Html, html, type Renderable, raw } from './html.ts';
import type { ReportModel } from './model.ts';
import { style } from './style.ts';
import { loadSentence, primedSentence, verdictSentence, verdictTitle } from './words.ts';

const mark = { pass: '✓ pass', fail: '✗ fail', unknown: '? unknown' } as const;
const status = (value: CheckResult['status']) => html`<span class="status ${value}">${mark[value]}</span>`;

function table(caption: string, heads: readonly string[], rows: readonly (readonly Renderable[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}

const reason = (check: CheckResult) =>
  html`<li><code>${check.check}</code> ${check.detail}<span class="next">Next: ${advice[check.check as CheckName] ?? ''}</span></li>`;

function alerts(model: ReportModel): Html {
  const rows = model.verdict.alerts.map((d) => [
    html`<span class="status ${d.kind === 'detected' ? 'pass' : 'fail'}">${d.kind.replace('_', ' ')}</span>`,
    alertLabel(d),
    d.experiment,
    d.detect_seconds === null ? '–' : `${d.detect_seconds.toFixed(1)} s`,
    `${d.budget_seconds.toFixed(1)} s`,
  ]);
  const alarms = model.verdict.false_alarms;
  return html`${table('Time to detect: from the first bitten request to the webhook', ['', 'alert', 'experiment', 'detected after', 'budget'], rows)}
${alarms.length === 0 ? html`<p>No alert fired without a fault.</p>` : html`<ul>${alarms.map((a) => html`<li><b class="fail">${a.alert}</b> ${a.why}</li>`)}</ul>`}`;
}

const experiments = (model: ReportModel) =>
  table(
    'Faults of the game day',
    ['experiment', 'what had to hold', 'calls bitten', 'ended'],
    model.experiments.map((e) => [
      html`<b>${e.id}</b><br><small>runbook ${e.runbook}</small>`,
      html`${e.hypothesis}<br><small>Customers still can: ${e.customers_still_can}</small>`,
      e.bites,
      `${e.status}${e.undo_verified ? ', undone and verified' : ', undo not verified'}`,
    ]),
  );

const aftermath = ({ acts }: ReportModel) =>
  table(
    'What a day brings and a load does not, made to happen by the front doors',
    ['', 'act', 'what became of it'],
    acts.map((act) => [status(act.came_off ? 'pass' : 'fail'), act.act, act.detail]),
  );

/** The two that people open first, as Grafana would show them, and what became of every query of all of them. */
function dashboards(model: ReportModel): Html {
  const axis = axisOf(model);
  const seen = (panel: PanelFacts) =>
    panel.waiting === true
      ? html`<span class="status unknown">– waits</span>`
      : status(panel.live ? 'pass' : 'fail');
  return html`<h2>Dashboards</h2>
${model.dashboards.map((one) => dashboardOf(one, axis))}
<details><summary>Every query of every dashboard, ${model.panels.length}</summary>${table(
    'A query is live when a sample of this run reached it, and moved if it has to; one that waits shows something only after an event that this run did not have',
    ['', 'query', 'what was seen'],
    model.panels.map((p) => [seen(p), queryTitle(p), p.detail]),
  )}</details>`;
}

const percent = (share: number, digits = 2) => `${(share * 100).toFixed(digits)} %`;

export function renderReport(model: ReportModel): string {
  const { verdict, run } = model;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${verdictTitle(verdict)}: ${run.run_id}</title><style>${raw(style)}</style></head><body><main>
${verdict.sabotage === null ? null : html`<p class="banner" role="note">This run was sabotaged on purpose: <b>${verdict.sabotage}</b>. It has to be red.</p>`}
${verdict.primed === undefined ? null : html`<p class="banner" role="note">${primedSentence(verdict.primed)}</p>`}
<p class="soft">Headroom · ${run.mode} drill · <span class="mono">${run.run_id}</span> · ${new Date(run.started_ms).toISOString().slice(0, 16).replace('T', ' ')} UTC</p>
<h1 class="${verdict.verdict}">${verdictTitle(verdict)}</h1>
<p class="lead">${verdictSentence(verdict)}</p>
<p class="lead">${loadSentence(verdict)}</p>
${verdict.reasons.length === 0 ? null : html`<ol class="reasons">${verdict.reasons.map(reason)}</ol>`}
<h2>The run on one time axis</h2>
${timeline(model)}
<h2>Game day</h2>
${experiments(model)}
${
  model.acts.length === 0
    ? null
    : html`<h2>Aftermath</h2>
${aftermath(model)}`
}
<h2>Alerts</h2>
${alerts(model)}
<h2>Ledgers</h2>
${table(
  'Four independent books, joined row by row',
  ['ledger', 'rows', '', ''],
  model.ledgers.map((l) => [
    l.ledger,
    l.rows,
    html`<span class="status ${l.status}">${l.status}</span>`,
    l.detail,
  ]),
)}
<h2>Objectives</h2>
${table(
  'Events of this run outside the faults; the 30-day budget is not judged by minutes',
  ['objective', 'asked', 'measured', 'events', 'bad'],
  model.slos.map((s) => [
    s.title,
    percent(s.objective, 1),
    s.total === 0 ? '–' : percent(1 - s.bad / s.total),
    s.total,
    s.bad,
  ]),
)}
<h2>Every check</h2>
${table(
  `${verdict.checks.length} checks, in the order in which they decide`,
  ['', 'check', 'kind', 'what was seen'],
  verdict.checks.map((c) => [status(c.status), html`<code>${c.check}</code>`, c.kind, c.detail]),
)}
${dashboards(model)}
<h2>What was replayed, and where</h2>
<dl><dt>Profile</dt><dd>${run.profile.title}, busiest day ${run.profile.day} (<span class="mono">${run.profile.hash.slice(0, 12)}</span>)</dd>
<dt>Source</dt><dd>${run.profile.attribution}</dd>
<dt>Seed</dt><dd>${run.seed}</dd>
<dt>Scale</dt><dd>${run.peak_orders_per_second} orders/s × ${run.scale}</dd>
<dt>History</dt><dd>30 days, synthetic, so that burn rates have something to divide by</dd>
${Object.entries(run.environment).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
</main></body></html>
`;
  return page.text;
}
