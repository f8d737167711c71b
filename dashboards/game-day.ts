// Game day: was it well before, did the fault bite, who spoke, what held, and is it over. One row a question.
import type { Board, Panel } from './board.ts';
import { bornWith } from './reactive.ts';
import { fastBurn } from './shared/budget.ts';
import { attempts, breaker, oldestUnknown, retries, timeouts, unknownCount } from './shared/payment.ts';
import { jobs, oldestEvent } from './shared/pipeline.ts';
import {
  degraded,
  refused,
  regionChoice,
  submissionBadShare,
  submissionLatency,
  submissions,
} from './shared/submissions.ts';
import { switchCopyAge, switchDecisions, switchesOn } from './shared/switches.ts';
import { firingAlerts, invariantsBroken } from './shared/truth.ts';

const spoken: Panel = {
  id: 301,
  title: 'Alerts, pending and firing',
  about: {
    means: 'Alerts by state over time; pending has been seen and waits for its time.',
    bad: 'an expected alert that is missing, or one that must stay silent.',
    act: 'compare with the plan of the experiment; the report has the seconds.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: 'count by (alertname, alertstate) (ALERTS{alertname!="Watchdog"})',
      legend: '{{alertname}} {{alertstate}}',
      reactive: bornWith('an alert speaks'),
    },
  ],
};

export const gameDay: Board = {
  name: 'gameDay',
  title: 'Game day',
  description: 'Was it well before, did the fault bite, who spoke, what held, and is it over.',
  choices: [regionChoice],
  rows: [
    {
      id: 100,
      title: 'Was it well before',
      panels: [submissions(101), submissionBadShare(102), submissionLatency(103)],
    },
    { id: 200, title: 'Did it bite', panels: [attempts(201), timeouts(202), retries(203)] },
    { id: 300, title: 'Who spoke', panels: [spoken, firingAlerts(302), fastBurn(303)] },
    { id: 400, title: 'What held', panels: [breaker(401), refused(402), degraded(403)] },
    {
      id: 450,
      title: 'What we turned off, and what broke',
      panels: [switchesOn(451), switchDecisions(452), switchCopyAge(454), invariantsBroken(453)],
    },
    {
      id: 500,
      title: 'Is it over',
      panels: [unknownCount(501), oldestUnknown(502), oldestEvent(503), jobs(504)],
    },
  ],
};
