// What to do next when a check is not green. A check without advice does not compile.
import type { CheckName } from '../checks.ts';

export const advice: Readonly<Record<CheckName, string>> = {
  'double-charge':
    'Stop. Open ledgers by order: the row names the order and its charges. Refund, then look at idempotency keys and the unique index on orders per checkout.',
  oversell:
    'Compare reservations with seeded stock of the SKU named; look at the conditional update and its constraint.',
  'lost-order':
    'The shopper was told "placed". Look for the order id in order events and the provider books; restore it before anything else.',
  'captured-without-order':
    'A charge has no order. Void or refund it, then look at what happened between authorisation and confirmation.',
  'mail-exactly-once': 'Look at the outbox row, the inbox row and the notification of the order named.',
  'unknown-payment-left':
    'Reconciliation did not resolve every unknown. Check that workers ran to the end and that the provider answers queries.',
  'dead-letter-left':
    'A job was given up. Read its error in orders.dead_letters, mend the cause, redrive it.',
  'ledger-shoppers':
    'The load generator’s record disagrees with the other three. Check that the evidence was not touched, then the row named.',
  'ledger-providers':
    'The providers’ books disagree with the other three. Check that the evidence was not touched, then the row named.',
  'ledger-database':
    'The database disagrees with the other three. Check that the evidence was not touched, then the row named.',
  'ledger-mailbox':
    'The mailbox disagrees with the other three. Check that the evidence was not touched, then the row named.',
  'generator-kept-up':
    'The load generator was the bottleneck. Run on a quieter or larger machine, or lower --peak.',
  'replay-fidelity': 'Fewer sessions ran than were planned. Run on a quieter machine, or lower --peak.',
  'machine-had-headroom':
    'The machine was saturated, so a miss says nothing about the shop. Run on a quieter or larger machine.',
  'clock-steady': 'The clock jumped. Wait until time synchronisation has settled and run again.',
  'phases-completed': 'The run ended early. Run it again to the end.',
  'samples-sufficient':
    'Too few submissions to judge. Run the default plan rather than the short one, or raise --peak.',
  'faults-bit': 'The fault reached too few calls to prove anything. Make it longer, or raise --peak.',
  'queues-drained': 'Work was left when the wait ended. Look at the outbox, the queues and the worker logs.',
  'history-backfilled':
    'Prometheus does not hold the 30 days that the alerts divide by. Look at the history step.',
  'traces-whole':
    'Follow the trace named: the span after the last one found did not carry the context on, or was dropped.',
  'steady-state': 'The shop was not healthy before the fault. Make it pass a drill without faults first.',
  'slo-checkout-availability': 'Look at submissions by outcome outside the faults: which failure is ours?',
  'slo-checkout-latency': 'Look at the checkout steps by duration: which one holds the slow submissions?',
  'slo-cart': 'Cart calls are slow. Look at database waits and the price cache.',
  'slo-quote': 'Quotes are slow. Look at the tax and rates providers.',
  'slo-inventory-read': 'Stock reads are slow. Look at the query plan and connection waits.',
  'slo-payment-authorization': 'Payments ended without an answer. Look at attempts by provider and outcome.',
  'slo-payment-latency-primary': 'The primary provider was slow. Compare its latency with its contract.',
  'slo-order-creation': 'Approved payments were stored late. Look at the second commit and reconciliation.',
  'slo-pipeline-freshness': 'Order events were handled late. Look at the outbox relay and queue waits.',
  'slo-notification': 'Confirmations left late. Look at the notifications queue and SMTP.',
  'submission-p95': 'Look at the checkout steps by duration at the 95th percentile.',
  'submission-p99': 'Look at the checkout steps by duration at the 99th percentile.',
  'alerts-detected':
    'A promised alert was not heard in time. Is the rule loaded, is its route delivered, does the fault move its series?',
  'alerts-silent': 'An alert fired without a fault. Read its runbook; then fix the shop or the rule.',
  'dashboard-live': 'A panel showed no live data. Compare its query with the metric’s declaration.',
  'signals-told':
    'A metric, span or log line that is declared was not told, or leaked. Look where the named process makes it.',
  'hypothesis-held': 'The shop did not keep what the experiment said it would keep. Read its runbook.',
  'faults-undone':
    'A fault outlived its experiment. End it in the lab’s control API, then look at the journal.',
};
