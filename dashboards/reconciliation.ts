// Reconciliation: whether our books and the providers' agree, and how fresh that knowledge is.
import { chargebacksThisMonth, fraudFalsePositives } from '../core/telemetry/metrics/fraud.ts';
import { discrepancyRatio, openDiscrepancies } from '../core/telemetry/metrics/invariants.ts';
import { orderTransitions } from '../core/telemetry/metrics/orders.ts';
import { paymentTimeouts } from '../core/telemetry/metrics/payment.ts';
import { selector } from '../core/telemetry/promql.ts';
import type { Board, Panel } from './board.ts';
import { chargebackBudget } from './payments.ts';
import { bornWith, waitsFor } from './reactive.ts';
import { ratePanel } from './red.ts';
import { approvedToStored } from './shared/orders.ts';
import { oldestUnknown, operations, unknownCount, webhooks } from './shared/payment.ts';
import { invariantsBroken, reconciliationAge } from './shared/truth.ts';

const asked = ratePanel(
  203,
  'Questions that got no answer',
  {
    means: 'Queries and voids by which reconciliation resolves what is unknown, without an answer.',
    bad: 'lasting: unknown payments stay unknown.',
    act: 'the provider is down for us; follow runbook PaymentProviderTimeouts.',
  },
  selector(paymentTimeouts, { operation: ['query', 'void', 'capture', 'refund'] }),
  ['provider', 'operation'],
  waitsFor('a provider does not answer reconciliation'),
);

const discrepancies: Panel = {
  id: 501,
  title: 'Open discrepancies by class',
  about: {
    means: 'Differences between two books that are open now: ours, the providers’, their settlement files.',
    bad: 'a class that stays: nothing heals it, or a person has to decide.',
    act: 'follow runbook DiscrepancyOverdue; the class says which two books differ.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: `max by (class) (${selector(openDiscrepancies)}) > 0`,
      legend: '{{class}}',
      // Without a zero to begin with: being drawn is all that it can do.
      reactive: bornWith('two books differ'),
    },
  ],
};

const discrepancyShare: Panel = {
  id: 502,
  title: 'Discrepancies per provider record',
  about: {
    means: 'Discrepancies first seen within the last hour per record of a provider that came in within it.',
    bad: 'a jump: a provider changed something, or we did.',
    act: 'compare the classes to the left with the deploys.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [
    {
      expr: `max(${selector(discrepancyRatio)})`,
      legend: 'share',
      reactive: waitsFor('a provider tells of what we do not know'),
    },
  ],
};

const undone = ratePanel(
  303,
  'Orders undone',
  {
    means: 'Orders entering a state in which money goes back or is in dispute.',
    bad: 'disputed and chargeback that grow: buyers do not know us, or did not get their parcel.',
    act: 'read the chargebacks by reason in the ledger; look at the screening.',
  },
  selector(orderTransitions, {
    to: ['cancelled', 'partially_refunded', 'refunded', 'disputed', 'chargeback', 'returned'],
  }),
  ['to'],
  waitsFor('an order is cancelled, refunded, returned or disputed'),
);

const chargebacks: Panel = {
  id: 402,
  title: 'Chargebacks this month',
  about: {
    means: 'Booked in this calendar month (UTC) and not reversed.',
    bad: 'more than last month by now.',
    act: 'answer what can be answered; look at what the screening let through.',
  },
  kind: 'lines',
  unit: 'short',
  queries: [
    {
      expr: `max(${selector(chargebacksThisMonth)})`,
      legend: 'chargebacks',
      reactive: waitsFor('a provider tells of a chargeback'),
    },
  ],
};

const falsePositives: Panel = {
  id: 403,
  title: 'Honest buyers turned away',
  about: {
    means: 'Of the orders reviewed or refused in 30 days and judged since, the share that was legitimate.',
    bad: 'near a half: the screening costs more than it saves.',
    act: 'loosen the rule that refuses most of them.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [
    {
      expr: `max(${selector(fraudFalsePositives)})`,
      legend: 'legitimate',
      reactive: waitsFor('a reviewed order is judged'),
    },
  ],
};

const ofMoney = ['double_charge', 'lost_order', 'captured_without_order', 'discrepancy_overdue'] as const;

export const reconciliation: Board = {
  name: 'reconciliation',
  title: 'Reconciliation',
  description: 'Whether our books and the providers’ agree, and how fresh that knowledge is.',
  choices: [],
  rows: [
    {
      id: 100,
      title: 'Can it be trusted',
      panels: [
        reconciliationAge(101),
        invariantsBroken(102, 'Money that is not where it belongs', ofMoney),
        invariantsBroken(103),
      ],
    },
    { id: 200, title: 'What nobody knows', panels: [unknownCount(201), oldestUnknown(202), asked] },
    {
      id: 300,
      title: 'What moved',
      panels: [operations(301), webhooks(302), undone, approvedToStored(304)],
    },
    { id: 500, title: 'Which books differ', panels: [discrepancies, discrepancyShare] },
    { id: 400, title: 'Disputes', panels: [chargebackBudget(401), chargebacks, falsePositives] },
  ],
};
