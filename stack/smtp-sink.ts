// The mail server of a drill: accepts every mail and keeps the mailbox ledger. An address is kept as its hash only.
import { createHash } from 'node:crypto';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Run } from './run.ts';
import type { Running } from './running.ts';

/** One line of the mailbox ledger. */
interface MailRecord {
  /** From X-Headroom-Order-Id; null for a mail without it, which the ledgers then report. */
  readonly order_id: string | null;
  readonly message_id: string | null;
  readonly recipient_sha256: string;
  readonly received_ms: number;
  readonly subject: string;
  /** From X-Headroom-Mail: which of the shop's mails it is. */
  readonly kind: string | null;
}

/** Rows that are on disk once `append` resolves. */
interface Ledger {
  append(row: MailRecord): Promise<void>;
  close(): Promise<void>;
}

/** Of one mailbox: full for now (tried again), or gone (never again). */
export type Refusal = 452 | 550;

export interface SmtpSink extends Running {
  /** Whoever writes to this address is refused, until it is null. */
  refuse(address: string, code: Refusal | null): void;
}

const largestMailBytes = 1 << 20;

/** Recipients are compared, never read: lower-cased and hashed. */
export const recipientHash = (address: string) =>
  createHash('sha256').update(address.trim().toLowerCase()).digest('hex');

export async function startSmtpSink(run: Run, ledger: Ledger): Promise<SmtpSink> {
  const refused = new Map<string, Refusal>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: largestMailBytes,
    maxClients: 100,
    onRcptTo: ({ address }, _session, done) => {
      const responseCode = refused.get(recipientHash(address));
      done(responseCode === undefined ? null : Object.assign(new Error('no room here'), { responseCode }));
    },
    onData: (stream, session, done) => {
      receive(stream, session, ledger).then(
        () => done(),
        (error: Error) => done(error), // 4xx to the sender: not written down is not received
      );
    },
  });
  // A client that hangs up in the middle is the sender's affair; it sends again.
  server.on('error', () => {});
  const port = await listen(server);
  let stopped: Promise<void> | undefined;
  const stop = () =>
    (stopped ??= new Promise<void>((resolve) => server.close(() => resolve())).then(() => ledger.close()));
  run.onStop(stop);
  return {
    name: 'smtp-sink',
    pid: process.pid,
    url: `smtp://127.0.0.1:${port}`,
    version: 'own',
    refuse(address, code) {
      if (code === null) refused.delete(recipientHash(address));
      else refused.set(recipientHash(address), code);
    },
    stop,
    kill: stop,
    // It lives in this process: pausing it would pause the drill.
    pause: notPausable,
    resume: notPausable,
    again: notPausable,
    exited: new Promise((resolve) => server.once('close', () => resolve({ code: 0, signal: null }))),
  };
}

function notPausable(): never {
  throw new Error('the SMTP sink runs inside the drill and cannot be paused or started again');
}

function listen(server: SMTPServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listener = server.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

async function receive(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  ledger: Ledger,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  if (stream.sizeExceeded) throw new Error('mail too large');
  const mail = await PostalMime.parse(headOf(Buffer.concat(chunks)));
  const headed = (name: string) => mail.headers.find(({ key }) => key === name)?.value ?? null;
  const [orderId, kind] = [headed('x-headroom-order-id'), headed('x-headroom-mail')];
  // One row a recipient: a second recipient is a second mail somebody gets.
  const rows = session.envelope.rcptTo.map(({ address }) => ({
    order_id: orderId,
    message_id: mail.messageId ?? null,
    recipient_sha256: recipientHash(address),
    received_ms: Date.now(),
    subject: mail.subject ?? '',
    kind,
  }));
  await Promise.all(rows.map((row) => ledger.append(row)));
}

/** The ledger keeps nothing of what a mail says; taking its parts apart would cost more than receiving it. */
function headOf(mail: Buffer): Buffer {
  const end = mail.indexOf('\r\n\r\n');
  return end === -1 ? mail : mail.subarray(0, end + 4);
}
