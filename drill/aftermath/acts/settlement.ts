// A day ends at the provider: what was captured and given back stands in a file, and the file is imported.
import { until } from '../../../stack/until.ts';
import type { Act } from '../act.ts';
import { chargeOf, settle } from '../charge.ts';
import { buy } from '../customer.ts';
import { sent, asOwner } from '../time-passes.ts';

// Files are fetched once a minute.
const importedWithinMs = 75_000;

export const settlement: Act = {
  name: 'settlement',
  when: 'beside the load',
  makes: ['an order is captured or refunded'],
  async play(scene) {
    const { orderId } = await buy(scene, 'settled');
    await sent(scene, orderId);
    const { provider } = await chargeOf(scene, orderId);
    const ids = (await settle(scene, provider)).map(({ id }) => id);
    await asOwner(scene, (sql) =>
      until(
        `import of ${ids.join(', ')}`,
        async () => {
          const [row] = await sql<{ n: number }[]>`
            select count(*)::int as n from orders.settlement_files
            where provider = ${provider} and file_id = any(${ids}) and imported_at is not null`;
          return row!.n === ids.length || null;
        },
        { withinMs: importedWithinMs, everyMs: 1_000, signal: scene.signal },
      ),
    );
    return `${ids.length} settlement files of ${provider} were imported`;
  },
};
