/** Answers about a person. */
import { z } from 'zod';
import { notes } from '../http/answer-values.ts';

export const contactAnswer = z.object({
  id: z.uuid(),
  externalId: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  locale: z.string().nullable(),
  country: z.string().nullable(),
  region: z.string().nullable(),
  addresses: z.array(
    z.object({ channel: z.string(), address: z.string(), usable: z.boolean(), suppressed: z.boolean() }),
  ),
  consents: z.array(
    z.object({
      class: z.string(),
      night: z.boolean(),
      action: z.string(),
      basis: z.string(),
      wording: z.string(),
      source: z.string(),
      occurredAt: z.string(),
    }),
  ),
  orders: z.array(z.string()).describe('The 100 that were placed last, oldest first. GET /v1/orders lists all.'),
  cases: z
    .array(
      z.object({
        id: z.string(),
        kind: z.string(),
        order: z.string().nullable(),
        holdsPromotions: z.boolean(),
        openedAt: z.string(),
      }),
    )
    .describe('The open ones, newest first, 100 at most'),
});

export const linksRevokedAnswer = z.object({
  contact: z.uuid(),
  numbers: z.int().describe('Whose links have ended'),
});
export const optOutAnswer = z.object({ addresses: z.array(z.string()), state: z.enum(['stopped', 'lifted']), notes });
export const optOutImportAnswer = z.object({
  results: z.array(
    z.discriminatedUnion('status', [
      z.object({ status: z.literal('stopped') }),
      z.object({ status: z.literal('refused'), why: z.string() }),
    ]),
  ),
});
export const casesAnswer = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      contact: z.uuid(),
      order: z.string().nullable(),
      holdsPromotions: z.boolean(),
      openedAt: z.iso.datetime(),
      closedAt: z.iso.datetime().nullable(),
    }),
  ),
  next: z.string().optional().describe('`after` of the next page'),
});
export const caseAnswer = z.object({ id: z.string(), status: z.enum(['closed', 'already_closed']) });

export const listCheckAnswer = z.object({ contact: z.uuid(), list: z.string(), listed: z.boolean(), notes });
