/** Answers about an export or an erasure. */
import { z } from 'zod';
import { moment } from '../http/answer-values.ts';

const hash = z.string().describe('SHA-256, hex');
const anything = z.object({}).loose();
const hashes = z.object({
  profile: hash,
  addresses: hash,
  preferences: hash,
  consents: hash,
  suppressions: hash,
  orders: hash,
  messages: hash,
  inbound: hash,
  cases: hash,
  listChecks: hash,
  decisions: hash,
  automatedDecisions: hash,
});

export const exportAnswer = z.object({
  manifest: z.object({
    brand: z.string(),
    contact: z.uuid(),
    generatedAt: moment,
    algorithm: z.string(),
    sections: hashes,
    sha256: hash.describe('Over brand, contact, generatedAt and sections'),
  }),
  profile: anything,
  addresses: z.array(anything),
  preferences: anything.nullable().describe('null: nothing was chosen'),
  consents: z.object({
    chain: z.enum(['intact', 'broken']),
    entries: z.array(anything).describe('With their evidence while it is kept'),
  }),
  suppressions: z.array(anything),
  orders: z.array(anything),
  messages: z.array(anything).describe('With their texts while they are kept'),
  inbound: z.array(anything),
  cases: z.array(anything),
  listChecks: z.array(anything).describe('What lists outside of Dopo said about the number'),
  decisions: z.array(anything),
  automatedDecisions: anything.describe('How decisions are made without a person'),
});

const shopErasureState = z.enum(['held', 'cancelled', 'begun']);

export const shopErasureAnswer = z.object({ id: z.uuid(), state: shopErasureState });

export const shopErasuresAnswer = z.object({
  erasures: z.array(
    z.object({
      id: z.uuid(),
      brand: z.string(),
      state: shopErasureState,
      requestedAt: moment,
      dueAt: moment.describe('When it begins, or began, or would have begun'),
    }),
  ),
});

export const erasureAnswer = z.object({
  id: z.uuid(),
  contact: z.uuid(),
  source: z.enum(['api', 'page', 'shop']),
  requestedAt: moment,
  requestedBy: z.string(),
  state: z.enum(['requested', 'running', 'done']),
  doneAt: moment.optional(),
  steps: z.array(
    z.object({
      step: z.enum(['suppress', 'end_orders', 'remove_data', 'redact_provider']),
      result: z
        .enum(['done', 'partly'])
        .describe('partly: something is left, which the provider has not answered or refuses'),
      detail: z.record(z.string(), z.int()).describe('Counts'),
      at: moment,
    }),
  ),
});
