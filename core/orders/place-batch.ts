// Orders written together where they want the same article, and one by one where together they would break.
import { context, type Context } from '@opentelemetry/api';
import type { Database } from '../db/client.ts';
import { badRow, retryDeadlock } from '../db/conflict.ts';
import { createLanes, type LaneOptions } from '../lanes.ts';
import { type HowToWrite, type OrderToWrite, type Written, writeOrders } from './place-statement.ts';

interface Traced {
  readonly order: OrderToWrite;
  /** Of the request: a batch is written long after its lane was opened by another's. */
  readonly trace: Context;
}

export interface Writer {
  /** In a batch when others want the same article at this moment. */
  write(order: OrderToWrite): Promise<Written>;
  writeAlone(order: OrderToWrite): Promise<Written>;
}

export function createWriter(db: Database, how: HowToWrite, lane: LaneOptions): Writer {
  const writeAll = (orders: readonly OrderToWrite[]) =>
    retryDeadlock(() => db.query('place order', (sql) => writeOrders(sql, orders, how)));
  const writeAlone = async (order: OrderToWrite) => (await writeAll([order]))[0]!;

  async function writeBatch(batch: readonly Traced[]): Promise<PromiseSettledResult<Written>[]> {
    const alone = ({ order, trace }: Traced) => context.with(trace, () => writeAlone(order));
    if (batch.length === 1) return Promise.allSettled([alone(batch[0]!)]);
    try {
      const written = await context.with(batch[0]!.trace, () => writeAll(batch.map(({ order }) => order)));
      return written.map((value) => ({ status: 'fulfilled', value }));
    } catch (error) {
      if (!badRow(error)) throw error;
      // One of them cannot be written and took the statement with it: each is told of its own.
      return Promise.allSettled(batch.map(alone));
    }
  }

  const queue = createLanes(lane, ({ order }: Traced) => order.lines.map(({ sku }) => sku), writeBatch);
  return {
    // A review is opened by a statement of its own shape, and such orders are few.
    write: (order) =>
      order.request.fraud === undefined ? queue({ order, trace: context.active() }) : writeAlone(order),
    writeAlone,
  };
}
