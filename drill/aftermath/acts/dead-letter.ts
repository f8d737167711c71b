// A mailbox is gone for good: its mail becomes a dead letter, which a person runs again once the address is mended.
import { queueJobs } from '../../../core/telemetry/metrics/pipeline.ts';
import { until } from '../../../stack/until.ts';
import { atDesk } from '../../../workers/desk.ts';
import { listLetters, redriveLetter } from '../../../workers/letter-desk.ts';
import type { Act } from '../act.ts';
import { buy } from '../customer.ts';
import { patience } from '../desk.ts';
import { shown } from '../shown.ts';
import { confirmed } from '../time-passes.ts';

export const deadLetter: Act = {
  name: 'dead-letter',
  when: 'after the load',
  makes: ['a job is refused by what it calls'],
  wakes: ['DeadLetterPresent'],
  async play(scene) {
    const { smtp, desk } = scene.booted;
    const email = 'gone-mailbox@shop.example';
    await scene.diary.note({ aftermath: 'a mailbox refuses mail', undo: 'it takes it again' });
    try {
      smtp.refuse(email, 550);
      const { orderId } = await buy(scene, 'gone-mailbox', { email });
      const result = await atDesk({ ...desk, needsRedis: true }, async ({ db, producer }) => {
        const lying = async () =>
          (await listLetters(db)).find(({ order_id }) => order_id === orderId) ?? null;
        const { id } = await until('the dead letter', lying, { ...patience, signal: scene.signal });
        await shown(scene, queueJobs.name, { state: 'failed' });
        smtp.refuse(email, null);
        return (await redriveLetter(db, producer, id, 'aftermath')).kind;
      });
      if (result.kind === 'away' || result.value !== 'redriven')
        throw new Error(`the letter was not redriven: ${JSON.stringify(result)}`);
      await confirmed(scene, orderId);
      return `the mail of ${orderId} was given up, redriven and sent`;
    } finally {
      smtp.refuse(email, null);
    }
  },
};
