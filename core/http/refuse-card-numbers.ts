// No card number gets past the frame, wherever in a request it is; neither a handler nor a log ever sees it.
import type { Context, MiddlewareHandler } from 'hono';
import { problem } from './problem.ts';
import { cardNumberIn } from './request-card-number.ts';

export const refuseCardNumbers: MiddlewareHandler = async (c, next) => {
  const { method, url } = c.req;
  // The text is kept by the framework: whoever reads the body next does not read it again.
  let body = '';
  try {
    if (method !== 'GET' && method !== 'HEAD') body = await c.req.text();
  } catch (error) {
    if (!isGone(c)) throw error;
    // Nobody hears this; it keeps a stranger who hangs up from being counted as a failure of ours.
    return problem(c, 400, 'body_broken_off', 'The body ended before it was whole.');
  }
  const place = cardNumberIn({ target: url.slice(url.indexOf('/', 8)), headers: headersOf(c), body });
  if (place === null) return next();
  return problem(c, 422, 'card_number_refused', 'Card numbers are not taken here; send a payment token.', {
    detail: `${place}: holds a card number`,
  });
};

interface Incoming {
  readonly rawHeaders?: string[];
  readonly socket?: { readonly destroyed: boolean };
}
const incomingOf = (c: Context) => (c.env as { incoming?: Incoming } | undefined)?.incoming;
const isGone = (c: Context) => incomingOf(c)?.socket?.destroyed === true;

/** As they came: making a Headers object of them costs more than looking through them. */
function headersOf(c: Context): readonly string[] {
  return incomingOf(c)?.rawHeaders ?? [...c.req.raw.headers].flat();
}
