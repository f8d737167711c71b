// The one thing that nobody can do by a front door: let time pass. An order of the aftermath becomes an hour older, so that
// it is sent in this drill and the replayed ones, a quarter of an hour away from it, are not.
import postgres from 'postgres';
import type { OrderHistory } from '../../core/contracts/order-operations.ts';
import { until } from '../../stack/until.ts';
import { change, patience, told } from './desk.ts';
import type { Scene } from './scene.ts';

/** As the database's owner, for one question. */
export async function asOwner<T>({ booted }: Scene, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(booted.ownerUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Only once its buyer has the confirmation: its delay is counted from the moment that is moved. */
export async function confirmed(scene: Scene, orderId: string): Promise<void> {
  await asOwner(scene, (sql) =>
    until(
      `confirmation of ${orderId}`,
      async () => {
        const sent = await sql`
          select from orders.notifications where order_id = ${orderId} and kind = 'order-confirmation' and state = 'sent'`;
        return sent.length === 1 ? true : null;
      },
      { ...patience, signal: scene.signal },
    ),
  );
}

async function hourPasses(scene: Scene, orderId: string): Promise<void> {
  await confirmed(scene, orderId);
  await scene.diary.note({ aftermath: 'an hour passes', order: orderId });
  await asOwner(
    scene,
    (sql) =>
      sql`update orders.orders set authorized_at = authorized_at - interval '1 hour' where public_id = ${orderId}`,
  );
}

/** Captured and packed by the workers, and handed to the carrier by the warehouse. */
export async function sent(
  scene: Scene,
  orderId: string,
  whilePacked: () => Promise<void> = async () => undefined,
): Promise<OrderHistory> {
  await hourPasses(scene, orderId);
  const packed = await told(scene, orderId, 'packed', ({ parcels }) => parcels.length > 0);
  await whilePacked();
  for (const { id } of packed.parcels) await change(scene, orderId, `shipments/${id}/complete`, id, {});
  return told(scene, orderId, 'handed over', ({ state }) => state === 'fulfilled');
}
