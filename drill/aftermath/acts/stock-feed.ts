// A warehouse counts one article and sends what it found, signed; sent again it is old news.
import type { StockFeedAnswer } from '../../../core/contracts/stock-api.ts';
import { webhookSignatureHeader } from '../../../core/http/webhook-signature.ts';
import type { Act } from '../act.ts';
import { asOwner } from '../time-passes.ts';
import { signature } from '../webhooks.ts';

export const stockFeed: Act = {
  name: 'stock-feed',
  when: 'beside the load',
  makes: ['a warehouse sends its counts'],
  async play(scene) {
    const sku = scene.nextSku();
    // Somebody walks along the shelf: parcels that left meanwhile the shop adds itself.
    const [shelf] = await asOwner(
      scene,
      (sql) =>
        sql<{ location_id: string; on_hand: number }[]>`
          select location_id, on_hand from orders.stock where sku = ${sku} order by on_hand desc limit 1`,
    );
    const { location_id, on_hand } = shelf!;
    const body = JSON.stringify({ sequence: 1, as_of_ms: Date.now(), levels: [{ sku, on_hand }] });
    const send = async () => {
      const heard = await fetch(`${scene.booted.shop.orders.url}/v1/stock-feed/${location_id}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [webhookSignatureHeader]: signature(scene.booted.stockFeedSecret, body),
        },
        body,
        signal: scene.signal,
      });
      if (!heard.ok) throw new Error(`the feed was answered ${heard.status}: ${await heard.text()}`);
      return ((await heard.json()) as StockFeedAnswer).kind;
    };
    const kinds = [await send(), await send()].join(', ');
    if (kinds !== 'taken, old') throw new Error(`the feed was ${kinds}`);
    return `${location_id} counted ${on_hand} of ${sku}, once`;
  },
};
