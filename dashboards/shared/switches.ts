// Kill switches, as several dashboards show them.
import {
  killSwitchActive,
  killSwitchCopyAge,
  killSwitchDecisions,
} from '../../core/telemetry/metrics/switches.ts';
import { selector } from '../../core/telemetry/promql.ts';
import type { Panel } from '../board.ts';
import { moves, waitsFor } from '../reactive.ts';
import { ratePanel } from '../red.ts';

export const switchesOn = (id: number): Panel => ({
  id,
  title: 'Kill switches on',
  about: {
    means: 'Switches that are on, by what they stop; dry runs not among them.',
    bad: 'one that nobody remembers: it refuses buyers by our own decision.',
    act: 'headroom switch list says who, why and until when; follow runbook KillSwitchLeftOn.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: `max by (dimension) (${selector(killSwitchActive)})`,
      legend: '{{dimension}}',
      reactive: waitsFor('a kill switch is turned on'),
    },
  ],
});

export const switchDecisions = (id: number): Panel =>
  ratePanel(
    id,
    'What kill switches stopped',
    {
      means: 'Requests a switch stopped, or would have stopped in a dry run.',
      bad: 'more than was expected when it was turned on.',
      act: 'headroom switch list, then turn it off or narrow it.',
    },
    selector(killSwitchDecisions),
    ['dimension', 'effect'],
    waitsFor('a kill switch is turned on, or its dry run'),
  );

export const switchCopyAge = (id: number): Panel => ({
  id,
  title: 'Age of the copies of switches',
  about: {
    means: 'How long ago the slowest process of each service read the switches at its last try.',
    bad: 'above 2 s: a switch that is turned on now is not known everywhere.',
    act: 'look whether that service reaches PostgreSQL; what was on before stays on until its end.',
  },
  kind: 'lines',
  unit: 's',
  queries: [{ expr: `max by (job) (${selector(killSwitchCopyAge)})`, legend: '{{job}}', reactive: moves }],
});
