// Requests by route. Routes by template, never by path.
import { type Metric, serviceNames } from './metric.ts';

// Routes by template, never by path: an id in a label is an unbounded series.
export const cartRoutes = [
  '/v1/carts',
  '/v1/carts/:id',
  '/v1/carts/:id/lines',
  '/v1/carts/:id/address',
  '/v1/carts/:id/rates',
] as const;

export const quoteRoutes = ['/v1/carts/:id/quote'] as const;

export const atpRoutes = ['/v1/atp/:sku'] as const;

const orderRoutes = ['/v1/orders', '/v1/orders/:id', '/v1/payments'] as const;

const catalogRoutes = ['/v1/catalog', '/v1/catalog/:sku'] as const;

const webhookRoutes = ['/v1/webhooks/:provider', '/v1/stock-feed/:location'] as const;

const internalRoutes = [
  '/internal/v1/orders',
  '/internal/v1/orders/:id',
  '/internal/v1/orders/:id/attempts',
  '/internal/v1/orders/:id/events',
  '/internal/v1/orders/:id/payment',
  '/internal/v1/orders/:id/payments',
  '/internal/v1/orders/:id/cancel',
  '/internal/v1/orders/:id/refunds',
  '/internal/v1/orders/:id/returns',
  '/internal/v1/orders/:id/shipments/:shipment/complete',
  '/internal/v1/orders/:id/history',
  '/internal/v1/holds',
  '/internal/v1/transfers',
  '/internal/v1/transfers/:id/:step',
  '/internal/v1/stock/:sku/:location',
  '/internal/v1/fraud/reviews',
  '/internal/v1/fraud/reviews/:order',
  '/internal/v1/fraud/labels',
  '/internal/v1/fraud/summary',
  '/internal/v1/switches',
  '/internal/v1/switches/log',
  '/internal/v1/switches/:dimension/:value',
] as const;

export const routes = [
  ...cartRoutes,
  ...quoteRoutes,
  ...atpRoutes,
  ...orderRoutes,
  ...catalogRoutes,
  ...webhookRoutes,
  ...internalRoutes,
  'other',
] as const;

// Semantic-convention buckets of http.server.request.duration plus 0.3, because the cart SLO is 300 ms
// and a threshold that is not a bucket cannot be measured.
const httpBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10] as const;

export const httpServerRequestDuration = {
  type: 'histogram',
  name: 'http_server_request_duration_seconds',
  unit: 'seconds',
  help: 'Server side duration of HTTP requests, from headers read to answer sent.',
  labels: { service: serviceNames, http_route: routes, status_class: ['2xx', '3xx', '4xx', '5xx'] },
  buckets: httpBuckets,
  // The routes an objective counts; a test holds them against the objectives.
  zeroAtBootOf: {
    checkout: { service: ['checkout'], http_route: [...cartRoutes, ...quoteRoutes] },
    orders: { service: ['orders'], http_route: atpRoutes },
  },
  exemplars: true,
} as const satisfies Metric;
