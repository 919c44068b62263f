/** Messages of the ledger: what became of them and why, and what operators do when that was not right. */
import { LISTED_STATES, listMessages, messageDetails } from '../db/message-views.ts';
import type { Repaired } from '../db/repairs.ts';
import { GIVEN_UP_FROM, REDRIVEN_FROM, RELEASED_FROM, giveUpByHand, redrive, release } from '../db/repairs.ts';
import type { MessageState } from '../domain/message.ts';
import { UNCLEAR_CODES } from '../vonage/webhooks.ts';
import { messageAnswer, messagesAnswer, repairAnswer } from './answers.ts';
import type { AppDeps } from './deps.ts';
import { mayDuplicate, messageState, notFound } from './problem.ts';
import type { Answer, Route } from './route.ts';
import { brandRoute } from './route.ts';
import { messageId, messagesQuery, redriveBody, repairBody } from './schemas.ts';

export function messageRoutes({ db, wakeDrainer }: AppDeps): readonly Route[] {
  const ofMessage = { id: messageId, subject: 'message' } as const;
  const repair = {
    ...ofMessage,
    method: 'post',
    answers: { 200: { description: 'Done; the state that follows', schema: repairAnswer } },
    problems: ['not_found', 'message_state'],
  } as const;
  return [
    brandRoute({
      method: 'get',
      path: '/v1/messages',
      summary: `Messages that may need an operator, newest first: ${LISTED_STATES.join(', ')}.`,
      query: messagesQuery,
      answers: { 200: { description: 'A page of messages', schema: messagesAnswer } },
      problems: [],
      handle: async ({ brand, query, now }) => ({
        status: 200,
        body: await listMessages(db, brand.id, query, now),
      }),
    }),
    brandRoute({
      ...ofMessage,
      method: 'get',
      path: '/v1/messages/:id',
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
      path: '/v1/messages/:id/redrive',
      summary: `Sends a message again that is ${REDRIVEN_FROM.join(', ')}, if everything still allows it.`,
      body: redriveBody,
      problems: [...repair.problems, 'may_duplicate'],
      handle: async ({ brand, id, body, now }) => {
        const { mayDuplicate: accepted = false, ...by } = body;
        const options = { mayDuplicate: accepted, unclearCodes: UNCLEAR_CODES };
        const repaired = await redrive(db, { brand: brand.id, message: id, ...by }, options, now);
        wakeDrainer();
        return answerOf(id, repaired, REDRIVEN_FROM);
      },
    }),
    brandRoute({
      ...repair,
      path: '/v1/messages/:id/release',
      summary: 'Sends an unknown message again: the caller vouches that the provider never took it.',
      body: repairBody,
      handle: async ({ brand, id, body, now }) => {
        const repaired = await release(db, { brand: brand.id, message: id, ...body }, now);
        wakeDrainer();
        return answerOf(id, repaired, RELEASED_FROM);
      },
    }),
    brandRoute({
      ...repair,
      path: '/v1/messages/:id/give-up',
      summary: `Ends a message that is ${GIVEN_UP_FROM.join(' or ')}: it is not sent any more.`,
      body: repairBody,
      handle: async ({ brand, id, body, now }) =>
        answerOf(id, await giveUpByHand(db, { brand: brand.id, message: id, ...body }, now), GIVEN_UP_FROM),
    }),
  ];
}

/** Throws the problems `not_found`, `message_state` and `may_duplicate`. */
function answerOf(id: string, repaired: Repaired, allowed: readonly MessageState[]): Answer {
  switch (repaired.kind) {
    case 'done':
      return { status: 200, body: { id, state: repaired.state } };
    case 'not_found':
      throw notFound('message');
    case 'wrong_state':
      throw messageState(repaired.state, allowed);
    case 'may_duplicate':
      throw mayDuplicate();
  }
}
