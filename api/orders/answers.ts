/** Orders, as they are answered. */
import { z } from 'zod';
import { PHASES } from '../../domain/orders/phase.ts';
import { moment, nextPage, notes } from '../http/answer-values.ts';

const planLine = z.object({
  key: z.string().describe('The step, or step#occurrence'),
  kind: z.string().describe('A message kind, or case: and a case kind'),
  dueAt: moment,
  heldBy: z.array(z.string()).optional().describe('Numbers of the open cases that it waits for, whatever `dueAt` says'),
});

const about = { at: moment, key: z.string(), kind: z.string() };
const sent = {
  ...about,
  class: z.string(),
  channel: z.string(),
  segments: z.int(),
  text: z.string(),
  state: z.string(),
};

const timelineEntry = z.discriminatedUnion('what', [
  z.object({
    at: moment,
    what: z.literal('event'),
    type: z.string(),
    parcel: z.string().optional(),
    promisedAt: moment.optional(),
    amountMinor: z.int().optional(),
    pieces: z.int().optional(),
    tier: z.string().optional(),
  }),
  z.object({
    at: moment,
    what: z.literal('command'),
    type: z.string(),
    until: moment.optional(),
    step: z.string().optional(),
  }),
  z.object({ ...about, what: z.literal('moved'), until: moment, reason: z.string(), rule: z.string() }),
  z.object({ ...about, what: z.literal('skipped'), reason: z.string(), rule: z.string() }),
  z.object({ ...sent, what: z.enum(['sent', 'failed']), reason: z.string().optional() }),
  z.object({
    at: moment,
    what: z.literal('customer'),
    text: z.string(),
    meaning: z.string(),
    score: z.int().optional(),
  }),
  z.object({
    at: moment,
    what: z.enum(['case_opened', 'case_closed']),
    case: z.string(),
    kind: z.string(),
    cause: z.string(),
  }),
]);

export const orderAnswer = z.object({
  id: z.string(),
  name: z.string().nullable(),
  contact: z.uuid().nullable().describe('null while only events of the order have come'),
  placedAt: moment.nullable(),
  currency: z.string().nullable(),
  totalMinor: z.int().nullable(),
  fulfilment: z.string().nullable(),
  journey: z.object({ name: z.string(), version: z.int() }).nullable(),
  phase: z.enum(PHASES),
  hold: z.object({ until: moment.optional() }).nullable().describe('Set while the order is paused'),
  finished: z.boolean(),
  eventsRemovedAt: moment
    .optional()
    .describe('Since when its events are gone from the timeline, because the order has been over for long'),
  zones: z.array(z.string()),
  plan: z.array(planLine).describe('What comes next, at most 200 steps'),
  incomplete: z
    .literal(true)
    .optional()
    .describe('The order has more facts than are read for an answer: phase and plan are made from the newest of them'),
  timeline: z.array(timelineEntry).describe('Oldest first, a page of it'),
  next: nextPage,
});

export const acceptedAnswer = z.object({
  id: z.string(),
  contact: z.uuid(),
  status: z.enum(['accepted', 'duplicate']),
  notes,
});

export const acceptedEventAnswer = z.object({
  id: z.string(),
  order: z.string(),
  status: z.enum(['accepted', 'duplicate']),
  notes,
});

export const ordersAnswer = z.object({
  orders: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable(),
      contact: z.uuid().nullable(),
      placedAt: moment.nullable(),
    }),
  ),
  next: nextPage,
});

export const commandAnswer = z.object({ plan: z.array(planLine) });
