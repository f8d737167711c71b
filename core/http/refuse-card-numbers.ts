// No card number gets past the frame, wherever in a request it is; neither a handler nor a log ever sees it.
import type { Context, MiddlewareHandler } from 'hono';
import { problem } from './problem.ts';
import { cardNumberIn } from './request-card-number.ts';

export const refuseCardNumbers: MiddlewareHandler = async (c, next) => {
  const { method, url } = c.req;
  // The text is kept by the framework: whoever reads the body next does not read it again.
  const body = method === 'GET' || method === 'HEAD' ? '' : await c.req.text();
  const place = cardNumberIn({ target: url.slice(url.indexOf('/', 8)), headers: headersOf(c), body });
  if (place === null) return next();
  return problem(c, 422, 'card_number_refused', 'Card numbers are not taken here; send a payment token.', {
    detail: `${place}: holds a card number`,
  });
};

/** As they came: making a Headers object of them costs more than looking through them. */
function headersOf(c: Context): readonly string[] {
  const raw = (c.env as { incoming?: { rawHeaders?: string[] } } | undefined)?.incoming?.rawHeaders;
  return raw ?? [...c.req.raw.headers].flat();
}
