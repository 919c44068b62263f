/** What an operator may tell a running order. The workflow answers with the plan that follows. */
import type { Db } from '../db/connect.ts';
import { hasPending } from '../db/inbox.ts';
import { findOrder } from '../db/orders.ts';
import type { OrderRef } from '../workflows/contract.ts';
import { commandAnswer } from './answers.ts';
import type { AppDeps } from './deps.ts';
import { commandRejected, engineUnavailable, invalid, notFound, orderNotRunning } from './problem.ts';
import { promiseErrors } from './read-order.ts';
import type { Answer, Route } from './route.ts';
import { brandRoute } from './route.ts';
import { emptyBody, orderId, pauseBody, skipBody } from './schemas.ts';
import type { CommandAnswer } from './temporal.ts';

export function commandRoutes({ db, orders }: AppDeps): readonly Route[] {
  const head = {
    method: 'post',
    id: orderId,
    subject: 'order',
    answers: { 200: { description: 'Done; the plan that follows', schema: commandAnswer } },
    problems: ['not_found', 'order_not_running', 'command_rejected', 'engine_unavailable'],
  } as const;
  return [
    brandRoute({
      ...head,
      path: '/v1/orders/:id/pause',
      summary: 'Holds everything back until a moment, or until resumed.',
      body: pauseBody,
      handle: async ({ brand, id, body, key, now }) => {
        const { until } = body;
        const errors = until === undefined ? [] : promiseErrors('/until', until, now);
        if (errors.length > 0) throw invalid(errors);
        return command(db, { brand: brand.id, order: id }, (ref) =>
          orders.pause(ref, { id: commandId(key), ...(until !== undefined && { until }) }),
        );
      },
    }),
    brandRoute({
      ...head,
      path: '/v1/orders/:id/resume',
      summary: 'Ends a pause.',
      body: emptyBody,
      handle: ({ brand, id, key }) =>
        command(db, { brand: brand.id, order: id }, (ref) => orders.resume(ref, { id: commandId(key) })),
    }),
    brandRoute({
      ...head,
      path: '/v1/orders/:id/skip',
      summary: 'Strikes a step out, or one occurrence of it.',
      body: skipBody,
      handle: ({ brand, id, body, key }) =>
        command(db, { brand: brand.id, order: id }, (ref) => orders.skip(ref, { id: commandId(key), step: body.step })),
    }),
    brandRoute({
      ...head,
      path: '/v1/orders/:id/cancel-messages',
      summary: 'Cancels every message that is still to come.',
      body: emptyBody,
      handle: ({ brand, id, key }) =>
        command(db, { brand: brand.id, order: id }, (ref) => orders.cancelMessages(ref, { id: commandId(key) })),
    }),
  ];
}

/** The prefix keeps callers' keys apart from the ids of our own facts. */
function commandId(key: string): string {
  return `command.${key}`;
}

async function command(db: Db, ref: OrderRef, run: (ref: OrderRef) => Promise<CommandAnswer>): Promise<Answer> {
  if (!(await findOrder(db, ref.brand, ref.order))) throw notFound('order');
  const answer = await run(ref);
  switch (answer.kind) {
    case 'done':
      return { status: 200, body: { plan: answer.plan } };
    case 'rejected':
      throw commandRejected(answer.why);
    case 'unreachable':
      throw engineUnavailable();
    case 'not_running':
      // Accepted a moment ago: its workflow starts when the drainer comes to it.
      throw (await hasPending(db, ref.brand, ref.order)) ? engineUnavailable() : orderNotRunning();
  }
}
