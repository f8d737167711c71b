// Somebody pauses a queue and resumes it: meanwhile its jobs wait, and none is lost.
import { queuePaused } from '../../../core/telemetry/metrics/pipeline.ts';
import { atDesk } from '../../../workers/desk.ts';
import { pauseQueue, resumeQueue } from '../../../workers/queue-desk.ts';
import type { Act } from '../act.ts';
import { buy } from '../customer.ts';
import { shown } from '../shown.ts';

const queue = 'order-events';

export const pausedQueue: Act = {
  name: 'paused-queue',
  when: 'after the load',
  makes: ['a queue is paused'],
  async play(scene) {
    await scene.diary.note({ aftermath: `${queue} is paused`, undo: 'it is resumed' });
    const result = await atDesk({ ...scene.booted.desk, needsRedis: true }, async ({ producer }) => {
      try {
        await pauseQueue(producer, queue);
        const { orderId } = await buy(scene, 'beside-a-paused-queue');
        await shown(scene, queuePaused.name, { queue });
        return orderId;
      } finally {
        await resumeQueue(producer, queue);
      }
    });
    if (result.kind === 'away') throw new Error(`${result.store} did not answer`);
    return `order ${result.value} was placed while ${queue} was paused`;
  },
};
