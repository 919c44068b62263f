/** Explains in words, with the rules behind them, why a customer got a message, did not get one, or when one will come. */
import { decisionsOfContact } from '../../queries/sending/decisions.ts';
import { explainMessage } from '../../queries/orders/explain.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/problem.ts';
import { contactId, orderId } from '../http/request-values.ts';
import { decisionsAnswer, decisionsQuery, explainQuery, explanationAnswer } from './schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

/** Shown with every answer about the law. */
const DISCLAIMER =
  'This is what the configured rules say. They are engineering notes and not legal advice: counsel has to confirm each row.';

export function explainRoutes({ db, rules, journeyOf }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      tag: 'Decisions',
      operationId: 'explainMessage',
      path: '/v1/orders/:id/explain',
      scope: 'orders:read',
      summary: 'Why the customer of an order got a message, did not, or when it will come: `?message=replenishment`.',
      id: orderId,
      subject: 'order',
      query: explainQuery,
      answers: {
        200: { description: 'One explanation for each time the step could happen', schema: explanationAnswer },
      },
      problems: ['not_found'],
      handle: async ({ brand, id, query, now }) => {
        const about = { brand: brand.id, order: id, kind: query.message, after: query.after };
        const explanation = await explainMessage(db, about, journeyOf(brand), rules, now);
        if (!explanation) throw notFound('order');
        return { status: 200, body: { ...explanation, disclaimer: DISCLAIMER } };
      },
    }),
    brandRoute({
      method: 'get',
      tag: 'Decisions',
      operationId: 'listDecisions',
      path: '/v1/contacts/:id/decisions',
      scope: 'contacts:read',
      summary: 'Every decision about a contact, newest first: to send, to wait or not to send, each with its rules.',
      id: contactId,
      subject: 'contact',
      query: decisionsQuery,
      answers: { 200: { description: 'A page of decisions', schema: decisionsAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, id, query }) => {
        const page = await decisionsOfContact(db, brand.id, id, query, rules.packs);
        if (!page) throw notFound('contact');
        return { status: 200, body: { ...page, disclaimer: DISCLAIMER } };
      },
    }),
  ];
}
