// A dependency that is away is one line when it goes and one when it is back, however often it was asked in between.
import { errorFields, type Log } from '../core/telemetry/log.ts';

export interface OutageLog {
  failed(error: unknown): void;
  recovered(): void;
}

export function createOutageLog(log: Log, what: string): OutageLog {
  let failingSince: number | null = null;
  return {
    failed(error) {
      if (failingSince !== null) return;
      failingSince = Date.now();
      log.error('outage.began', { what, ...errorFields(error) });
    },
    recovered() {
      if (failingSince === null) return;
      log.info('outage.ended', { what, lasted_ms: Date.now() - failingSince });
      failingSince = null;
    },
  };
}
