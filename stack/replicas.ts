// Several processes of each service behind one address a service, as a deployment runs them.
import { startFront } from './front.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { type Service, type ShopEnvironment, startService } from './shop.ts';

export interface Replicas {
  /** Every process, by service. */
  readonly processes: Readonly<Record<Service, readonly Running[]>>;
  readonly checkoutUrl: string;
  readonly ordersUrl: string;
}

export async function startReplicas(
  run: Run,
  environment: ShopEnvironment,
  count: Readonly<Record<Service, number>>,
): Promise<Replicas> {
  const start = (service: Service, addresses: Readonly<Record<string, string>>) =>
    Promise.all(
      Array.from({ length: count[service] }, (_, at) =>
        startService(run, service, environment, addresses, `${service}-${at + 1}`),
      ),
    );
  const front = async ([first, ...rest]: readonly Running[]) =>
    // With one process nothing stands in between: a bench measures the shop, not the way to it.
    rest.length === 0
      ? first!.url
      : startFront(
          run,
          [first!, ...rest].map(({ url }) => url),
        );
  const orders = await start('orders', {});
  const ordersUrl = await front(orders);
  const [checkout, workers] = await Promise.all([
    start('checkout', { ORDERS_URL: ordersUrl }),
    start('workers', { ORDERS_URL: ordersUrl }),
  ]);
  return { processes: { checkout, orders, workers }, checkoutUrl: await front(checkout), ordersUrl };
}
