/** Dead letters of the outboxes: lists them, and tries them again. */
import { listDeadLetters } from '../../db/outbox/dead-letters.ts';
import { redriveOutbox } from '../../commands/sending/redrive-outbox.ts';
import { actorOf } from '../../domain/access/audit.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/problem.ts';
import { deadLettersAnswer, deadLettersQuery, redriveOutboxBody, redrivenAnswer } from './schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function outboxRoutes({ db, wakeDrainer }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      tag: 'Operations',
      operationId: 'listDeadLetters',
      path: '/v1/outboxes/dead',
      scope: 'repair',
      summary: 'What was stored and could not be handed to a workflow in twelve tries, oldest first.',
      query: deadLettersQuery,
      answers: { 200: { description: 'A page of dead letters', schema: deadLettersAnswer } },
      problems: [],
      handle: async ({ brand, query }) => {
        const { dead, next } = await listDeadLetters(db, brand.id, query);
        return { status: 200, body: { dead, ...(next && { next: `${next.at}_${next.id}` }) } };
      },
    }),
    brandRoute({
      method: 'post',
      tag: 'Operations',
      operationId: 'redriveDeadLetters',
      path: '/v1/outboxes/dead/redrive',
      scope: 'repair',
      summary: 'Has dead letters of one outbox tried again, one of them or all.',
      body: redriveOutboxBody,
      answers: { 200: { description: 'They are tried again at once', schema: redrivenAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, actor, body, now }) => {
        const { outbox, id, reason } = body;
        const by = actorOf(actor, body.actor);
        const redriven = await redriveOutbox(db, { brand: brand.id, outbox, id, actor: by, reason }, now);
        if (id !== undefined && redriven === 0) throw notFound('dead letter');
        if (redriven > 0) wakeDrainer();
        return { status: 200, body: { redriven } };
      },
    }),
  ];
}
