/** Answers about consents. */
import { z } from 'zod';
import { moment } from '../http/answer-values.ts';

export const consentAnswer = z.object({ contact: z.uuid(), class: z.string(), action: z.string() });

const consentStanding = z.object({
  state: z.enum(['granted', 'withdrawn']),
  ref: z.string().describe('The entry that proves it'),
  basis: z.string().optional(),
  confirmed: z.boolean().optional().describe('Over the number itself'),
  at: moment,
  renewedAt: moment.optional(),
  expiresAt: moment.optional(),
});
const byClass = z.record(z.string(), consentStanding);

export const consentLedgerAnswer = z.object({
  contact: z.uuid(),
  entries: z.array(
    z.object({
      id: z.string(),
      seq: z.int(),
      channel: z.string(),
      class: z.string(),
      night: z.boolean().describe('About the hours of the night only'),
      action: z.string(),
      basis: z.string(),
      wording: z.string(),
      locale: z.string().nullable(),
      source: z.string(),
      evidence: z.record(z.string(), z.string()).optional(),
      occurredAt: moment,
      recordedAt: moment,
      expiresAt: moment.nullable(),
      actor: z.string(),
      hash: z.string(),
    }),
  ),
  standing: z.object({ day: byClass, night: byClass }),
  chain: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('intact'), entries: z.int() }),
    z.object({ kind: z.literal('broken'), seq: z.int(), flaw: z.enum(['altered', 'missing', 'not_the_head']) }),
  ]),
});

export const consentImportAnswer = z.object({
  results: z.array(
    z.discriminatedUnion('status', [
      z.object({ status: z.enum(['recorded', 'duplicate']), contact: z.uuid() }),
      z.object({ status: z.literal('refused'), why: z.string() }),
    ]),
  ),
});
