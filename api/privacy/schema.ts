/** Answers about exports and erasures. */
import { z } from 'zod';
import { ERASURE_STEPS } from '../../domain/privacy/erasure.ts';
import { anyObject as anything, moment, named } from '../http/schema.ts';

const hash = z.string().describe('SHA-256, hex');
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

const contactExport = z.object({
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
const aHash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
export const exportAnswer = named('ContactExport', contactExport, {
  manifest: {
    brand: 'bottega',
    contact: '1c5e8f5a-0a35-4cf7-8ff4-2b7b8ee2a0a1',
    generatedAt: '2026-03-04T08:12:00.000Z',
    algorithm: 'SHA-256 of canonical JSON',
    sections: {
      profile: aHash,
      addresses: aHash,
      preferences: aHash,
      consents: aHash,
      suppressions: aHash,
      orders: aHash,
      messages: aHash,
      inbound: aHash,
      cases: aHash,
      listChecks: aHash,
      decisions: aHash,
      automatedDecisions: aHash,
    },
    sha256: aHash,
  },
  profile: { firstName: 'Giulia' },
  addresses: [],
  preferences: null,
  consents: { chain: 'intact', entries: [] },
  suppressions: [],
  orders: [],
  messages: [],
  inbound: [],
  cases: [],
  listChecks: [],
  decisions: [],
  automatedDecisions: {},
});

const shopErasureState = z.enum(['held', 'cancelled', 'begun']);

const anErasure = 'e2a7c1f0-5a0b-4a57-9d0c-3f0f7f0b7a55';

export const shopErasureAnswer = named('ShopErasureResult', z.object({ id: z.uuid(), state: shopErasureState }), {
  id: anErasure,
  state: 'cancelled',
});

export const shopErasuresAnswer = named(
  'ShopErasureList',
  z.object({
    erasures: z.array(
      z.object({
        id: z.uuid(),
        brand: z.string(),
        state: shopErasureState,
        requestedAt: moment,
        dueAt: moment.describe('When it begins, or began, or would have begun'),
      }),
    ),
  }),
  {
    erasures: [
      {
        id: anErasure,
        brand: 'bottega',
        state: 'held',
        requestedAt: '2026-03-04T08:12:00.000Z',
        dueAt: '2026-03-06T08:12:00.000Z',
      },
    ],
  },
);

export const erasureAnswer = named(
  'Erasure',
  z.object({
    id: z.uuid(),
    contact: z.uuid(),
    source: z.enum(['api', 'page', 'shop']),
    requestedAt: moment,
    requestedBy: z.string(),
    state: z.enum(['requested', 'running', 'done']),
    doneAt: moment.optional(),
    steps: z.array(
      z.object({
        step: z.enum(ERASURE_STEPS),
        result: z
          .enum(['done', 'partly'])
          .describe('partly: something is left, which the provider has not answered or refuses'),
        detail: z.record(z.string(), z.int()).describe('Counts'),
        at: moment,
      }),
    ),
  }),
  {
    id: anErasure,
    contact: '1c5e8f5a-0a35-4cf7-8ff4-2b7b8ee2a0a1',
    source: 'api',
    requestedAt: '2026-03-04T08:12:00.000Z',
    requestedBy: 'crm',
    state: 'requested',
    steps: [],
  },
);
