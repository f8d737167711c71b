// SMTP. Three things can come of a mail: accepted, refused for good, or we do not know.
import { createTransport } from 'nodemailer';
import { type Mail, sender } from './confirmation-mail.ts';

export type SendResult =
  | { readonly kind: 'accepted' }
  /** A 5xx for this mail: the next try would end the same. */
  | { readonly kind: 'refused'; readonly code: number }
  /** Not connected, a 4xx, or the connection broke, in the worst case after the server had accepted. */
  | { readonly kind: 'failed'; readonly error: Error };

export interface Mailer {
  send(mail: Mail): Promise<SendResult>;
  close(): void;
}

// Together below the claim's lease: a second sender may only start when the first has given up.
const timeouts = { connectionTimeout: 2_000, greetingTimeout: 2_000, socketTimeout: 5_000 } as const;

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
      try {
        await transport.sendMail({ from: sender, ...mail });
        return { kind: 'accepted' };
      } catch (error) {
        const code = (error as { responseCode?: unknown }).responseCode;
        if (typeof code === 'number' && code >= 500) return { kind: 'refused', code };
        return { kind: 'failed', error: error as Error };
      }
    },
    close: () => transport.close(),
  };
}
