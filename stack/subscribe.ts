// Asks the provider lab for webhooks, for a shop that runs in containers. Again after the lab was restarted: it has forgotten.
import { parseArgs } from 'node:util';
import { readWebhookSecrets } from '../core/config.ts';
import { subscribeToWebhooks } from './webhooks.ts';

const { lab, orders } = parseArgs({
  options: { lab: { type: 'string' }, orders: { type: 'string' } },
}).values;
if (lab === undefined || orders === undefined) {
  process.stderr.write('usage: stack/subscribe.ts --lab URL --orders URL\n');
  process.exit(2);
}
const secrets = readWebhookSecrets(process.env);
await subscribeToWebhooks(lab, orders, {
  'psp-primary': secrets.PSP_PRIMARY_WEBHOOK_SECRET,
  'psp-backup': secrets.PSP_BACKUP_WEBHOOK_SECRET,
});
