// The review queue and what came of it, for the people who look.
import type { Hono } from 'hono';
import { fraudDecision, fraudLabel } from '../contracts/orders-api.ts';
import { problem } from '../http/problem.ts';
import { withBody } from '../http/with-body.ts';
import { rejectReview } from './reject-review.ts';
import { decideReview, labelSubject, openReviews } from './fraud-reviews.ts';
import { fraudSummary } from './fraud-summary.ts';
import type { RouteDeps } from './routes.ts';

const reviewsShown = 200;

export function addFraudRoutes(app: Hono, deps: RouteDeps): void {
  const { db } = deps;
  app.get('/internal/v1/fraud/reviews', async (c) =>
    c.json({ reviews: await openReviews(db, reviewsShown) }),
  );

  app.post('/internal/v1/fraud/reviews/:order', (c) =>
    withBody(c, fraudDecision, async ({ decision, by }) => {
      const orderId = c.req.param('order') as string;
      const decided =
        decision === 'accepted'
          ? await db.query('accept review', (sql) => decideReview(sql, orderId, decision, by))
          : await rejectReview(deps, orderId, by);
      switch (decided.kind) {
        case 'decided':
          return c.json({ order_id: orderId, state: decided.state });
        case 'decided_otherwise':
          return problem(c, 409, 'review_decided', `This review was ${decided.state} before.`);
        case 'no_such_review':
          return problem(c, 404, 'no_such_review', 'There is no review of this order.');
      }
    }),
  );

  app.post('/internal/v1/fraud/labels', (c) =>
    withBody(c, fraudLabel, async ({ subject, label, by }) =>
      (await labelSubject(db, subject, label, by))
        ? c.json({ subject, label })
        : problem(c, 404, 'unknown_subject', 'This is neither an order nor a refused submission.'),
    ),
  );

  app.get('/internal/v1/fraud/summary', async (c) =>
    c.json(await fraudSummary(db, deps.chargebackBudgetMinor)),
  );
}
