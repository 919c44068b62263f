/** Messages of the ledger with their outcome and its reason, and the repairs that operators can make. */
import { LISTED_STATES, listMessages, messageDetails } from '../../queries/sending/messages.ts';
import type { Repair, Repaired } from '../../commands/sending/repair-message.ts';
import {
  GIVEN_UP_FROM,
  REDRIVEN_FROM,
  RELEASED_FROM,
  giveUpByHand,
  redrive,
  release,
} from '../../commands/sending/repair-message.ts';
import { actorOf } from '../../domain/access/audit.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { MessageState } from '../../domain/sending/message.ts';
import { UNCLEAR_CODES } from '../../vonage/webhooks.ts';
import type { AppDeps } from '../http/deps.ts';
import { mayDuplicate, messageStateProblem, notFound } from '../http/problem.ts';
import { messageId } from '../http/request-values.ts';
import { messageAnswer, messagesAnswer, messagesQuery, redriveBody, repairAnswer, repairBody } from './schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function messageRoutes({ db, wakeDrainer }: AppDeps): readonly Route[] {
  const ofMessage = { id: messageId, subject: 'message' } as const;
  const repair = {
    ...ofMessage,
    method: 'post',
    scope: 'repair',
    answers: { 200: { description: 'Done; the state that follows', schema: repairAnswer } },
    problems: ['not_found', 'message_state'],
  } as const;
  return [
    brandRoute({
      method: 'get',
      tag: 'Messages',
      operationId: 'listMessages',
      path: '/v1/messages',
      scope: 'orders:read',
      summary: `Messages that may need an operator, newest first: ${LISTED_STATES.join(', ')}.`,
      query: messagesQuery,
      answers: { 200: { description: 'A page of messages', schema: messagesAnswer } },
      problems: [],
      handle: async ({ brand, query, now }) => ({ status: 200, body: await listMessages(db, brand.id, query, now) }),
    }),
    brandRoute({
      ...ofMessage,
      method: 'get',
      tag: 'Messages',
      operationId: 'readMessage',
      path: '/v1/messages/:id',
      scope: 'orders:read',
      summary: 'Why a message was or was not sent: decisions, attempts with their statuses, and what was done by hand.',
      answers: { 200: { description: 'The message', schema: messageAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, id }) => {
        const details = await messageDetails(db, brand.id, id);
        if (!details) throw notFound('message');
        return { status: 200, body: details };
      },
    }),
    brandRoute({
      ...repair,
      tag: 'Messages',
      operationId: 'redriveMessage',
      path: '/v1/messages/:id/redrive',
      summary: `Sends a message again that is ${REDRIVEN_FROM.join(', ')}, if everything still allows it.`,
      body: redriveBody,
      problems: [...repair.problems, 'may_duplicate'],
      handle: async ({ brand, actor, id, body, now }) => {
        const { mayDuplicate: accepted = false } = body;
        const options = { mayDuplicate: accepted, unclearCodes: UNCLEAR_CODES };
        const repaired = await redrive(db, repairOf(brand, id, actor, body), options, now);
        wakeDrainer();
        return answerOf(id, repaired, REDRIVEN_FROM);
      },
    }),
    brandRoute({
      ...repair,
      tag: 'Messages',
      operationId: 'releaseMessage',
      path: '/v1/messages/:id/release',
      summary: 'Sends an unknown message again: the caller vouches that the provider never took it.',
      body: repairBody,
      handle: async ({ brand, actor, id, body, now }) => {
        const repaired = await release(db, repairOf(brand, id, actor, body), now);
        wakeDrainer();
        return answerOf(id, repaired, RELEASED_FROM);
      },
    }),
    brandRoute({
      ...repair,
      tag: 'Messages',
      operationId: 'giveUpMessage',
      path: '/v1/messages/:id/give-up',
      summary: `Ends a message that is ${GIVEN_UP_FROM.join(' or ')}: it is not sent any more.`,
      body: repairBody,
      handle: async ({ brand, actor, id, body, now }) =>
        answerOf(id, await giveUpByHand(db, repairOf(brand, id, actor, body), now), GIVEN_UP_FROM),
    }),
  ];
}

function repairOf(brand: Brand, message: string, key: string, by: { actor: string; reason: string }): Repair {
  return { brand: brand.id, message, actor: actorOf(key, by.actor), reason: by.reason };
}

interface RepairAnswer {
  readonly status: 200;
  readonly body: { readonly id: string; readonly state: MessageState };
}

/** Throws the problems `not_found`, `message_state` and `may_duplicate`. */
function answerOf(id: string, repaired: Repaired, allowed: readonly MessageState[]): RepairAnswer {
  switch (repaired.kind) {
    case 'done':
      return { status: 200, body: { id, state: repaired.state } };
    case 'not_found':
      throw notFound('message');
    case 'wrong_state':
      throw messageStateProblem(repaired.state, allowed);
    case 'may_duplicate':
      throw mayDuplicate();
  }
}
