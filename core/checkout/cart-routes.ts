// Carts, shipping rates and quotes over HTTP.
import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import {
  addLine as addLineBody,
  createCart as createCartBody,
  createQuote,
  setAddress as setAddressBody,
} from '../contracts/checkout-api.ts';
import { startDeadline } from '../http/deadline.ts';
import { problem } from '../http/problem.ts';
import { validateTyped } from '../http/validate.ts';
import { addLine, createCart, findCart, maxLines, maxQuantity, type NotOpen, setAddress } from './carts.ts';
import type { Holds } from './holds.ts';
import { withCartKey } from './cart-keys.ts';
import { type NotQuotable, type Quoting, quoteCart, ratesForCart } from './quote.ts';
import { type SwitchedOff, tell } from './switched-off.ts';

/** Twice the quote objective of 1 s: an answer later than that helps nobody. */
const quoteLimitMs = 2_000;

const refusals = {
  unknown_cart: [404, 'There is no such cart.'],
  submitted: [409, 'This cart was ordered already.'],
  other_currency: [422, 'The article is not sold in the currency of this cart.'],
  too_many: [422, `A cart holds up to ${maxLines} lines of up to ${maxQuantity} pieces.`],
  unknown_sku: [422, 'sku: is not an article of this shop.'],
  empty_cart: [409, 'The cart is empty.'],
  address_missing: [409, 'The cart has no address yet.'],
  unknown_method: [422, 'shipping_method: is not offered for this cart.'],
  cart_changed: [409, 'The cart changed meanwhile; ask again.'],
  tax_refused: [422, 'Tax cannot be determined for this cart and address.'],
  rates_refused: [422, 'The carrier does not take this parcel to this address.'],
  tax_unavailable: [503, 'Tax cannot be determined at this moment.'],
  rates_unavailable: [503, 'Shipping rates cannot be had at this moment.'],
} as const satisfies Record<
  NotOpen['kind'] | NotQuotable['kind'] | 'too_many' | 'unknown_sku',
  readonly [number, string]
>;

function refuse(c: Context, refusal: { readonly kind: keyof typeof refusals } | SwitchedOff): Response {
  if (refusal.kind === 'switched_off') {
    const { status, title, ...told } = tell(refusal);
    return problem(c, status, refusal.kind, title, told);
  }
  const { kind } = refusal;
  const [status, title] = refusals[kind];
  return problem(c, status, kind, title, status === 503 ? { headers: { 'retry-after': '2' } } : {});
}

/** Runs `work` with the validated body, or answers what is wrong with it. */
async function withBody<S extends z.ZodType>(
  c: Context,
  schema: S,
  work: (body: z.output<S>) => Promise<Response>,
): Promise<Response> {
  const body = validateTyped(schema, await c.req.text());
  if (body.kind === 'valid') return work(body.value);
  return problem(c, body.status, body.name, 'The request is not valid.', { detail: body.detail });
}

/** As a submission says it, and the cart stays as it was: fewer may still be had. */
const soldOut = (c: Context, sku: string) =>
  problem(c, 409, 'sold_out', 'Not enough is left of this article.', { detail: sku });

export function cartRoutes(
  app: Hono,
  catalog: Catalog,
  shop: Quoting,
  { holds, retentionDays }: { readonly holds: Holds; readonly retentionDays: number },
): void {
  const { db } = shop;

  app.post('/v1/carts', (c) =>
    withBody(c, createCartBody, (body) =>
      withCartKey(c, db, body, (commit) =>
        commit(
          (within) => createCart(within, { ...body, retentionDays }),
          (cart) => c.json(cart, 201),
        ),
      ),
    ),
  );

  app.get('/v1/carts/:id', async (c) => {
    const cart = await findCart(db, c.req.param('id'));
    return cart === null ? refuse(c, { kind: 'unknown_cart' }) : c.json(cart);
  });

  app.post('/v1/carts/:id/lines', (c) =>
    withBody(c, addLineBody, (body) =>
      withCartKey(c, db, body, async (commit) => {
        await catalog.ready();
        const { sku, quantity } = body;
        const item = catalog.find(sku);
        if (item === undefined) return refuse(c, { kind: 'unknown_sku' });
        const cartId = c.req.param('id') as string;
        const kept = await holds.keep(cartId, sku, quantity);
        if (kept === 'short') return soldOut(c, sku);
        const line = {
          // No answer may have been a hold.
          held: kept !== 'not_held',
          sku,
          quantity,
          unit_price_minor: item.price_minor,
          weight_grams: item.weight_grams,
          currency: item.currency,
        };
        return commit(
          (within) => addLine(within, cartId, line),
          (result) => (result.kind === 'added' ? c.json(result.cart) : refuse(c, result)),
        );
      }),
    ),
  );

  app.put('/v1/carts/:id/address', (c) =>
    withBody(c, setAddressBody, (body) =>
      withCartKey(c, db, body, (commit) => {
        const { email, ...address } = body;
        return commit(
          (within) => setAddress(within, c.req.param('id') as string, email, address),
          (result) => (result.kind === 'set' ? c.json(result.cart) : refuse(c, result)),
        );
      }),
    ),
  );

  app.get('/v1/carts/:id/rates', async (c) => {
    const result = await ratesForCart(c.req.param('id'), shop, startDeadline(quoteLimitMs));
    return result.kind === 'rates' ? c.json(result.rates) : refuse(c, result);
  });

  app.post('/v1/carts/:id/quote', (c) =>
    withBody(c, createQuote, async ({ shipping_method }) => {
      const deadline = startDeadline(quoteLimitMs);
      const result = await quoteCart(c.req.param('id') as string, shipping_method, shop, deadline);
      return result.kind === 'quoted' ? c.json(result.quote, 201) : refuse(c, result);
    }),
  );
}
