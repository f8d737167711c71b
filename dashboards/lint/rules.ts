// Every rule there is, and where each rule of grafana/dashboard-linter (lint/rules.go, v0.2.0) went.
import { annotations } from './annotations.ts';
import { counters } from './counters.ts';
import { datasources } from './datasources.ts';
import type { Rule } from './document.ts';
import { exemplars } from './exemplars.ts';
import { fixed } from './fixed.ts';
import { grid } from './grid.ts';
import { ids } from './ids.ts';
import { legends } from './legends.ts';
import { links } from './links.ts';
import { names } from './names.ts';
import { queries } from './queries.ts';
import { rates } from './rates.ts';
import { thresholds } from './thresholds.ts';
import { units } from './units.ts';
import { variables } from './variables.ts';
import { words } from './words.ts';

export const rules = [
  ids,
  grid,
  words,
  units,
  thresholds,
  links,
  variables,
  datasources,
  queries,
  rates,
  counters,
  names,
  legends,
  exemplars,
  annotations,
  fixed,
] as const satisfies readonly Rule[];

type Place = { readonly by: Rule } | { readonly instead: Rule; readonly because: string };

const anywhere =
  'a verdict must not depend on where a process runs, and recorded series carry no instance; every label that is matched is checked instead';

export const linterRules = {
  'template-datasource': { by: variables },
  'template-job': { instead: names, because: anywhere },
  'template-instance': { instead: names, because: anywhere },
  'template-label-promql': {
    instead: variables,
    because: 'choices are the declared values of a label, so that there is no query to be wrong',
  },
  'template-on-time-change-reload': { by: variables },
  'panel-datasource': { by: datasources },
  'panel-title-description': { by: words },
  'panel-units': { by: units },
  'panel-no-targets': { by: queries },
  'target-logql': { instead: datasources, because: 'a panel that asks anything but Prometheus is refused' },
  'target-logql-auto': {
    instead: datasources,
    because: 'a panel that asks anything but Prometheus is refused',
  },
  'target-promql': { by: queries },
  'target-rate-interval': { by: rates },
  'target-job': { instead: names, because: anywhere },
  'target-instance': { instead: names, because: anywhere },
  'target-counter-agg': { by: counters },
  'uneditable-dashboard': { by: fixed },
} as const satisfies Record<string, Place>;
