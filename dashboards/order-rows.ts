// Rows from the payment on: where money, stock and mails are. Panel ids are stable: hundreds by row, never reused.
import type { Row } from './board.ts';
import { approvedToStored, transitions } from './shared/orders.ts';
import {
  attempts,
  authorisationLatency,
  breaker,
  oldestUnknown,
  timeouts,
  unknownCount,
} from './shared/payment.ts';
import { confirmationSent, eventHandled, jobs, oldestEvent, pendingEvents } from './shared/pipeline.ts';
import { reservationResults } from './shared/stock.ts';
import { invariantsBroken, poolWait, reconciliationAge } from './shared/truth.ts';

export const orderRows: readonly Row[] = [
  { id: 600, title: 'Payment', panels: [attempts(601), timeouts(602), breaker(603), unknownCount(604)] },
  {
    id: 700,
    title: 'Payment, time',
    panels: [authorisationLatency(701, 'primary'), authorisationLatency(702, 'backup'), oldestUnknown(703)],
  },
  { id: 800, title: 'Orders', panels: [transitions(801), reservationResults(802), approvedToStored(803)] },
  {
    id: 900,
    title: 'After the answer',
    panels: [pendingEvents(901), oldestEvent(902), jobs(903), eventHandled(904)],
  },
  {
    id: 1000,
    title: 'Confirmation and invariants',
    panels: [confirmationSent(905), invariantsBroken(1001), reconciliationAge(1002), poolWait(1003)],
  },
];
