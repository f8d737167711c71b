// Inventory: what shoppers are told, what is promised to them, and whether the shelf agrees. No series carries an
// article: there are too many. Which one is hot, SQL says; here is how it shows.
import { checkoutStepDuration } from '../core/telemetry/metrics/checkout.ts';
import { atpRoutes, httpServerRequestDuration } from '../core/telemetry/metrics/http.ts';
import {
  cartHolds,
  reservations,
  stockDriftRepaired,
  stockFeedAge,
  stockFeedStaleSeconds,
} from '../core/telemetry/metrics/inventory.ts';
import { type Matchers, quantile, rate, selector, sum } from '../core/telemetry/promql.ts';
import type { Board, Panel } from './board.ts';
import { waitsFor } from './reactive.ts';
import { heatPanel, rateInterval, ratePanel } from './red.ts';
import { atpPanels, reservationResults } from './shared/stock.ts';
import { invariantsBroken, poolWait } from './shared/truth.ts';

const heat = heatPanel(
  104,
  'ATP read latency, every bucket',
  {
    means: 'How many reads took how long; the dots lead to traces.',
    bad: 'a second band above the first.',
    act: 'open a dot of the upper band.',
  },
  httpServerRequestDuration,
  { service: 'orders', http_route: atpRoutes },
);

const of = (matchers: Matchers<typeof reservations>) =>
  sum(rate(selector(reservations, matchers), rateInterval));

const soldOut: Panel = {
  id: 202,
  title: 'Sold-out share of reservations',
  about: {
    means: 'Of all hard reservations asked for, those the stock could not bear.',
    bad: 'a jump without a sale: a feed may have emptied the shelf.',
    act: 'compare with the feeds below; look at the stock of the articles asked for.',
  },
  kind: 'lines',
  unit: 'percentunit',
  queries: [
    {
      expr: `${of({ result: 'sold_out' })} / (${of({ result: ['reserved', 'sold_out'] })} > 0)`,
      legend: 'sold out',
      reactive: waitsFor('an article sells out'),
    },
  ],
};

const holds = ratePanel(
  203,
  'Holds from carts by result',
  {
    means: 'Scarce articles are held when they enter a cart; not_held has plenty.',
    bad: 'unanswered: the orders service does not answer in time, and carts hold nothing.',
    act: 'look at the latency of orders; reservations at submission still protect the stock.',
  },
  selector(cartHolds),
  ['result'],
  waitsFor('an article enters a cart'),
);

const placeStep: Panel = {
  id: 301,
  title: 'Reserving step of a submission',
  about: {
    means: 'Median, 95th and 99th percentile of the step that reserves and stores.',
    bad: 'p99 far above p50: some wait for one row, an article is hot.',
    act: 'find the article: reservations of the last minutes by SKU, in SQL.',
  },
  kind: 'lines',
  unit: 's',
  queries: [0.5, 0.95, 0.99].map((q) => ({
    expr: quantile(q, checkoutStepDuration, rateInterval, { step: 'place' }),
    legend: `p${q * 100}`,
  })),
};

const feedAge: Panel = {
  id: 402,
  title: 'Oldest stock feed',
  about: {
    means:
      'Age of the last count of the location that was not heard of for longest; 0 where none sends counts.',
    bad: `above the dashed line (${stockFeedStaleSeconds} s): what moved there since is not known.`,
    act: 'follow runbook StockFeedStale.',
  },
  kind: 'lines',
  unit: 's',
  queries: [
    {
      expr: `max(${selector(stockFeedAge)})`,
      legend: 'age',
      reactive: waitsFor('a warehouse sends its counts'),
    },
  ],
  limit: { value: stockFeedStaleSeconds, badWhen: 'above' },
};

const drift = ratePanel(
  403,
  'Sums put right',
  {
    means: 'Stock rows whose materialised sums differed from what they sum up, and were repaired.',
    bad: 'any: each is a bug to be found.',
    act: 'the log of workers names the row; follow runbook StockDrift.',
  },
  selector(stockDriftRepaired),
  ['column'],
  waitsFor('a sum of stock is found wrong'),
);

export const inventory: Board = {
  name: 'inventory',
  title: 'Inventory',
  description: 'What shoppers are told, what is promised to them, and whether the shelf agrees.',
  choices: [],
  rows: [
    { id: 100, title: 'ATP reads', panels: [...atpPanels(101), heat] },
    { id: 200, title: 'Reservations', panels: [reservationResults(201), soldOut, holds] },
    { id: 300, title: 'Hot articles', panels: [placeStep, poolWait(302)] },
    {
      id: 400,
      title: 'Is it true',
      panels: [invariantsBroken(401, 'Oversold', ['oversell']), feedAge, drift],
    },
  ],
};
