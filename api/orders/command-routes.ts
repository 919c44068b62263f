/** Commands of an operator to a running order. The workflow answers with the plan that follows. */
import { createHash } from 'node:crypto';
import type { OrderCommand } from '../../commands/orders/command-order.ts';
import { commandOrder } from '../../commands/orders/command-order.ts';
import type { Db } from '../../db/connection/connect.ts';
import { hasPending } from '../../db/orders/inbox.ts';
import { isKnownOccurrence } from '../../db/orders/order-numbers.ts';
import { findOrder } from '../../queries/orders/order-heads.ts';
import type { PlanLine } from '../../domain/journey/plan.ts';
import { expandJourney } from '../../domain/journey/compiled-journey.ts';
import type { OrderRef } from '../../workflows/contract.ts';
import type { AppDeps } from '../http/deps.ts';
import { commandRejected, engineUnavailable, invalid, notFound, orderNotRunning } from '../http/problem.ts';
import { promiseErrors } from './read-order.ts';
import { orderId } from '../http/request-values.ts';
import { commandAnswer, emptyBody, pauseBody, skipBody } from './schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';
import type { CommandAnswer } from '../../engine/workflows.ts';

export function commandRoutes({ db, workflows }: AppDeps): readonly Route[] {
  const head = {
    method: 'post',
    scope: 'repair',
    id: orderId,
    subject: 'order',
    answers: { 200: { description: 'Done; the plan that follows', schema: commandAnswer } },
    problems: ['not_found', 'order_not_running', 'command_rejected', 'engine_unavailable'],
  } as const;
  return [
    brandRoute({
      ...head,
      tag: 'Commands',
      operationId: 'pauseOrder',
      path: '/v1/orders/:id/pause',
      summary: 'Holds everything back until a moment, or until resumed.',
      body: pauseBody,
      handle: async ({ brand, actor, id, body, key, now }) => {
        const { until } = body;
        const errors = until === undefined ? [] : promiseErrors('/until', until, now);
        if (errors.length > 0) throw invalid(errors);
        const details = until === undefined ? {} : { until: new Date(until).toISOString() };
        return command(db, { ref: { brand: brand.id, order: id }, actor, action: 'pause', details, now }, (ref) =>
          workflows.pause(ref, { id: commandId(key), ...(until !== undefined && { until }) }),
        );
      },
    }),
    brandRoute({
      ...head,
      tag: 'Commands',
      operationId: 'resumeOrder',
      path: '/v1/orders/:id/resume',
      summary: 'Ends a pause.',
      body: emptyBody,
      handle: ({ brand, actor, id, key, now }) =>
        command(db, { ref: { brand: brand.id, order: id }, actor, action: 'resume', now }, (ref) =>
          workflows.resume(ref, { id: commandId(key) }),
        ),
    }),
    brandRoute({
      ...head,
      tag: 'Commands',
      operationId: 'skipStep',
      path: '/v1/orders/:id/skip',
      summary: 'Skips a step, or one occurrence of it.',
      body: skipBody,
      handle: async ({ brand, actor, id, body, key, now }) => {
        const ref = { brand: brand.id, order: id };
        if (!(await hasStep(db, ref, body.step)))
          throw invalid([{ pointer: '/step', detail: 'must be a step of the order, or an occurrence that it has' }]);
        return command(db, { ref, actor, action: 'skip', details: body, now }, () =>
          workflows.skip(ref, { id: commandId(key), step: body.step }),
        );
      },
    }),
    brandRoute({
      ...head,
      tag: 'Commands',
      operationId: 'cancelMessages',
      path: '/v1/orders/:id/cancel-messages',
      summary: 'Cancels every message that is still to come.',
      body: emptyBody,
      handle: ({ brand, actor, id, key, now }) =>
        command(db, { ref: { brand: brand.id, order: id }, actor, action: 'cancel_messages', now }, (ref) =>
          workflows.cancelMessages(ref, { id: commandId(key) }),
        ),
    }),
  ];
}

/** Throws the problem `not_found`. A step that the order does not have is never sent to its workflow. */
async function hasStep(db: Db, { brand, order }: OrderRef, step: string): Promise<boolean> {
  const found = await findOrder(db, brand, order);
  if (!found) throw notFound('order');
  const [id, ...occurrence] = step.split('#');
  const isStep = found.journey !== null && expandJourney(found.journey).steps.some((one) => one.id === id);
  return isStep && (occurrence.length === 0 || isKnownOccurrence(db, brand, order, occurrence.join('#')));
}

/**
 * The id of the command in the workflow's history and in the inbox. It is a hash, because a key that contains words would stay there. The
 * prefix keeps callers' keys apart from the ids of our own facts.
 */
function commandId(key: string): string {
  return `command.${createHash('sha256').update(key).digest('base64url')}`;
}

interface Command {
  readonly ref: OrderRef;
  readonly actor: string;
  readonly action: OrderCommand['action'];
  /** The request of the caller. */
  readonly details?: object;
  readonly now: number;
}

async function command(
  db: Db,
  { ref, actor, action, details, now }: Command,
  run: (ref: OrderRef) => Promise<CommandAnswer>,
): Promise<{ status: 200; body: { plan: readonly PlanLine[] } }> {
  if (!(await findOrder(db, ref.brand, ref.order))) throw notFound('order');
  const asked = { ...ref, actor, action, ...(details && { details }) };
  const answer = await commandOrder(db, asked, () => run(ref), now);
  switch (answer.kind) {
    case 'done':
      return { status: 200, body: { plan: answer.plan } };
    case 'rejected':
      throw commandRejected(answer.why);
    case 'unreachable':
      throw engineUnavailable();
    case 'not_running':
      // Accepted a moment ago: its workflow starts when the drainer tells it.
      throw (await hasPending(db, ref.brand, ref.order)) ? engineUnavailable() : orderNotRunning();
  }
}
