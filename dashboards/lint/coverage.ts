// Where each rule of grafana/dashboard-linter (lint/rules.go, v0.2.0) went, and what it leaves open and we do not. Each
// with the name of its twin: a dashboard that has exactly what the rule is against. README.md is this table for people.
import { annotations } from './annotations.ts';
import { answers } from './answers.ts';
import { apart } from './apart.ts';
import { choices } from './choices.ts';
import { copies } from './copies.ts';
import { counters } from './counters.ts';
import { datasources } from './datasources.ts';
import { dimensions } from './dimensions.ts';
import type { Rule } from './document.ts';
import { exemplars } from './exemplars.ts';
import { figures } from './figures.ts';
import { fixed } from './fixed.ts';
import { generated } from './generated.ts';
import { grid } from './grid.ts';
import { hidden } from './hidden.ts';
import { holes } from './holes.ts';
import { ids } from './ids.ts';
import { kinds } from './kinds.ts';
import { legends } from './legends.ts';
import { links } from './links.ts';
import { matches } from './matches.ts';
import { minutes } from './minutes.ts';
import { names } from './names.ts';
import { quantiles } from './quantiles.ts';
import { queries } from './queries.ts';
import { rates } from './rates.ts';
import { thresholds } from './thresholds.ts';
import { units } from './units.ts';
import { variables } from './variables.ts';
import { words } from './words.ts';

interface Covered {
  readonly by: Rule;
  readonly twin: string;
  /** Where ours asks for something else: the reason. */
  readonly instead?: string;
}

const anywhere =
  'a verdict must not depend on where a process runs, and recorded series carry no instance; every label that is matched is checked instead';
const onlyPromql = 'a panel that asks anything but Prometheus is refused';

export const linterRules = {
  'template-datasource': { by: variables, twin: 'no data source to choose' },
  'template-job': { by: names, twin: 'a label of another name', instead: anywhere },
  'template-instance': { by: names, twin: 'a label of another name', instead: anywhere },
  'template-label-promql': { by: variables, twin: 'values of a label that is not there' },
  'template-on-time-change-reload': { by: variables, twin: 'values of another hour' },
  'panel-datasource': { by: datasources, twin: 'a data source by uid' },
  'panel-title-description': { by: words, twin: 'nothing to do' },
  'panel-units': { by: units, twin: 'no unit' },
  'panel-no-targets': { by: queries, twin: 'a panel that asks nothing' },
  'target-logql': { by: datasources, twin: 'a query to Loki', instead: onlyPromql },
  'target-logql-auto': { by: datasources, twin: 'a query to Loki', instead: onlyPromql },
  'target-promql': { by: queries, twin: 'a bracket left open' },
  'target-rate-interval': { by: rates, twin: 'a fixed window' },
  'target-job': { by: names, twin: 'a label of another name', instead: anywhere },
  'target-instance': { by: names, twin: 'a label of another name', instead: anywhere },
  'target-counter-agg': { by: counters, twin: 'a counter as it is' },
  'uneditable-dashboard': { by: fixed, twin: 'a dashboard to scribble on' },
} as const satisfies Record<string, Covered>;

/** What it does not look at. */
export const gaps = {
  'a link leads to a dashboard that exists': { by: links, twin: 'a way to nowhere' },
  'a link takes the minutes and the choices along': { by: links, twin: 'a way that forgets the time' },
  'a runbook that is named exists': { by: links, twin: 'a runbook that is not there' },
  'exemplars are asked for where they are kept': { by: exemplars, twin: 'traces that are not asked for' },
  'a latency is red where its objective says': { by: thresholds, twin: 'a limit typed by hand' },
  'a share is red where its budget says': { by: thresholds, twin: 'a share without its budget' },
  'no panel lies over another': { by: grid, twin: 'a panel over another' },
  'panel ids are there, and unique': { by: ids, twin: 'an id used twice' },
  'no dead variable': { by: variables, twin: 'a choice that changes nothing' },
  'a panel follows the choice beside it': { by: variables, twin: 'a line that does not follow the choice' },
  'a variable has no data source of its own': { by: datasources, twin: 'a choice by uid' },
  'heat maps and tables are described too': { by: words, twin: 'a table that says nothing' },
  'a share is not multiplied twice': { by: units, twin: 'a share made a percentage' },
  'a unit is of the kind that the query computes': { by: dimensions, twin: 'seconds drawn as bytes' },
  'a quantile is made of buckets, added up and kept apart by le': {
    by: quantiles,
    twin: 'buckets that lost their edges',
  },
  'a line is named after the quantile that it is': { by: quantiles, twin: 'a p99 that is none' },
  'a rate is of a counter, and nothing else of one': { by: kinds, twin: 'a rate of what goes up and down' },
  'a query can say something, and not always the same': {
    by: answers,
    twin: 'a comparison that never holds',
  },
  'what is matched together can be found': { by: matches, twin: 'every value left out' },
  'an objective or alert that is named exists': { by: matches, twin: 'an objective nobody has' },
  'no query is hidden': { by: hidden, twin: 'a query nobody sees' },
  'each of many series has a name of its own': { by: apart, twin: 'every process under one name' },
  'a generated file is what the code says': { by: generated, twin: 'a title edited by hand' },
  'a choice opens at All': { by: choices, twin: 'a choice that opens at a part' },
  'a choice offers what there is': { by: choices, twin: 'a value that went' },
  'a page opens at the last minutes': { by: minutes, twin: 'a range that ended' },
  'a figure is the last value': { by: figures, twin: 'a figure that is a mean' },
  'no title or description stands twice': { by: copies, twin: 'a title that stands twice' },
  'no hole in the page': { by: holes, twin: 'a panel that is lost' },
  'a metric that is named is emitted': { by: names, twin: 'a metric of another name' },
  'a value that is matched is emitted': { by: names, twin: 'a value nobody emits' },
  'lines can be told apart': { by: legends, twin: 'lines that cannot be told apart' },
  'deploys, game days and kill switches are marked': {
    by: annotations,
    twin: 'deploys that are not marked',
  },
  'a mark is made of what exists': { by: names, twin: 'a mark of what nobody emits' },
} as const satisfies Record<string, Covered>;
