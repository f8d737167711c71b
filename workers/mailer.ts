// SMTP. Three things can come of a mail: accepted, refused for good, or we do not know.
import { createTransport } from 'nodemailer';
import { type Mail, senderAddress } from './mail/mail.ts';
import { messageOf } from './mail/message.ts';

export type SendResult =
  | { readonly kind: 'accepted' }
  /** A 5xx for this mail: the next try would end the same. */
  | { readonly kind: 'refused'; readonly code: number }
  /** Not connected, a 4xx, or the connection broke, in the worst case after the server had accepted. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface Mailer {
  send(mail: Mail): Promise<SendResult>;
  close(): void;
}

const timeouts = {
  // Before the mail is handed over a slow server costs nothing but another try.
  connectionTimeout: 5_000,
  greetingTimeout: 5_000,
  // After it, giving up early sends it twice: RFC 5321 §4.5.3.2.6 asks for 10 minutes of patience for that reason. One
  // minute is where the notification is late anyway.
  socketTimeout: 60_000,
} as const;

export function openMailer(smtpUrl: string, connections: number): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: connections,
    maxMessages: 1_000,
    ...timeouts,
  });
  return {
    async send(mail) {
      const raw = messageOf(mail, new Date());
      try {
        await transport.sendMail({ envelope: { from: senderAddress, to: [mail.to] }, raw });
        return { kind: 'accepted' };
      } catch (error) {
        const { responseCode, code } = error as { responseCode?: unknown; code?: unknown };
        if (typeof responseCode === 'number' && responseCode >= 500)
          return { kind: 'refused', code: responseCode };
        // Codes only: the error's text is the server's reply, which quotes the recipient.
        return { kind: 'failed', reason: String(responseCode ?? code ?? 'no answer') };
      }
    },
    close: () => transport.close(),
  };
}
