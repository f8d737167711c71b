// The promotions that are active, in memory: every quote asks for them, and they change rarely. What has to stop at once
// is stopped by its kill switch.
import type { Database } from '../db/client.ts';
import { createKept, type Kept } from '../db/kept.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import type { Action, Promotion } from './promotion.ts';

/** How late a new or withdrawn promotion may be noticed; its start and end are kept to the moment. */
const maxAgeMs = 30_000;
const atMost = 1_000;

export type Promotions = Kept<readonly Promotion[]>;

type Row = Omit<Promotion, 'action'> & {
  readonly action: Action['kind'];
  readonly percent: number;
  readonly amount_minor: number;
};

export const createPromotions = (db: Database, log: Log): Promotions =>
  createKept<readonly Promotion[]>({
    empty: [],
    maxAgeMs,
    async load() {
      const rows = await db.query(
        'load promotions',
        (sql) => sql<Row[]>`
          select id, priority, stacks_with, currency, markets, shipping_methods, skus, excluded_skus, min_subtotal_minor,
            starts_at, ends_at, action, percent, amount_minor
          from checkout.promotions where active and ends_at > now() order by priority desc limit ${atMost}`,
      );
      return rows.map(({ action: kind, percent, amount_minor, ...promotion }) => ({
        ...promotion,
        action: actionOf(kind, percent, amount_minor),
      }));
    },
    failed: (error) => log.warn('promotions.refresh_failed', errorFields(error)),
  });

function actionOf(kind: Action['kind'], percent: number, amount_minor: number): Action {
  switch (kind) {
    case 'percent_off':
      return { kind, percent };
    case 'fixed_off':
      return { kind, amount_minor };
    case 'free_shipping':
      return { kind };
  }
}
