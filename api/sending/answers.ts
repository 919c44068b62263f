/** Messages of the ledger and what holds them back, as they are answered. */
import { z } from 'zod';
import { moment, nextPage } from '../http/answer-values.ts';

const messageHead = {
  id: z.uuid(),
  order: z.string().nullable().describe('null for a reply to the customer'),
  contact: z.uuid(),
  step: z.string(),
  occurrence: z.string(),
  kind: z.string(),
  class: z.string(),
  channel: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  code: z.string().nullable().describe("The provider's last error code"),
  attempts: z.int(),
  dueAt: moment,
  usefulUntil: moment,
  submittedAt: moment.nullable(),
};

export const messagesAnswer = z.object({
  messages: z.array(z.object(messageHead)),
  next: nextPage,
});

export const messageAnswer = z.object({
  ...messageHead,
  attempted: z.array(
    z.object({
      number: z.int(),
      submittedAt: moment,
      outcome: z.string().optional().describe('accepted, refused, unknown or not_sent; absent until it is known'),
      code: z.string().optional(),
      settledBy: z.string().optional().describe('answer, receipt, records or operator'),
      finishedAt: moment.optional(),
      providerId: z.string().optional(),
      statuses: z.array(z.object({ status: z.string(), code: z.string().optional(), at: moment, receivedAt: moment })),
    }),
  ),
  decisions: z.array(
    z.object({
      at: moment,
      outcome: z.enum(['send', 'wait', 'skip']),
      reason: z.string().optional(),
      until: moment.optional(),
      rule: z.string(),
    }),
  ),
  redeliveries: z.array(
    z.object({
      requestedAt: moment,
      cause: z.enum(['provider', 'operator']),
      notBefore: moment,
      startedAt: moment.optional(),
    }),
  ),
  audit: z.array(
    z.object({
      at: moment,
      actor: z.string(),
      action: z.string(),
      reason: z.string(),
      before: z.object({}).loose(),
      after: z.object({}).loose(),
    }),
  ),
});

export const repairAnswer = z.object({ id: z.uuid(), state: z.string() });

export const blocksAnswer = z.object({
  blocks: z.array(
    z.object({
      id: z.string(),
      scope: z.enum(['template', 'sender']),
      channel: z.string(),
      kind: z.string().optional(),
      locale: z.string().optional(),
      sender: z.string().optional(),
      code: z.string(),
      message: z.uuid().describe('The first message that was refused'),
      refusals: z.int(),
      openedAt: moment,
      releasedAt: moment.optional(),
    }),
  ),
  next: nextPage,
});

export const blockAnswer = z.object({ id: z.string(), status: z.enum(['released', 'already_released']) });
