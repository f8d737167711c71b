// Every rule there is; what other linters ask for and what became of it is in coverage.ts.
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

export const rules = [
  ids,
  grid,
  holes,
  words,
  copies,
  units,
  dimensions,
  thresholds,
  links,
  variables,
  choices,
  datasources,
  queries,
  hidden,
  rates,
  quantiles,
  counters,
  kinds,
  answers,
  names,
  matches,
  legends,
  figures,
  apart,
  exemplars,
  annotations,
  fixed,
  minutes,
  generated,
] as const satisfies readonly Rule[];
