// Loaded into each process that is profiled: the first SIGUSR2 starts the profile, the second writes it down.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const directory = process.env.HEADROOM_PROFILE_DIR;

if (isMainThread && directory !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  let running = false;
  process.on('SIGUSR2', () => {
    if (!running) {
      session.post('Profiler.start');
      running = true;
      return;
    }
    running = false;
    session.post('Profiler.stop', (error, { profile }) => {
      if (error) throw error;
      writeFileSync(join(directory, `${process.pid}.cpuprofile`), JSON.stringify(profile));
    });
  });
}
