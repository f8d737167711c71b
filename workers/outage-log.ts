// A dependency that is away is one line when it goes and one when it is back, however often it was asked in between.
// A reason not heard before in this outage is a line too: the first one does not explain it.
import { errorFields, type Log } from '../core/telemetry/log.ts';

// Reasons that differ every time (a port, an id) must not fill the log.
const reasonsAnOutage = 10;

export interface OutageLog {
  failed(error: unknown): void;
  recovered(): void;
}

export function createOutageLog(log: Log, what: string): OutageLog {
  let failingSince: number | null = null;
  const said = new Set<string>();
  return {
    failed(error) {
      const fields = errorFields(error);
      const reason = String(fields.message);
      if (said.has(reason) || said.size >= reasonsAnOutage) return;
      said.add(reason);
      log.error(failingSince === null ? 'outage.began' : 'outage.changed', { what, ...fields });
      failingSince ??= Date.now();
    },
    recovered() {
      if (failingSince === null) return;
      log.info('outage.ended', { what, lasted_ms: Date.now() - failingSince });
      failingSince = null;
      said.clear();
    },
  };
}
