/** What the API answers, for its description at /openapi.json. */
import { z } from 'zod';
import { PHASES } from '../domain/phase.ts';

const moment = z.iso.datetime();

const planLine = z.object({
  key: z.string().describe('The step, or step#occurrence'),
  kind: z.string().describe('A message kind, or case: and a case kind'),
  dueAt: moment,
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
  zones: z.array(z.string()),
  plan: z.array(planLine),
  timeline: z.array(timelineEntry),
});

export const acceptedAnswer = z.object({
  id: z.string(),
  contact: z.uuid(),
  status: z.enum(['accepted', 'duplicate']),
});

export const acceptedEventAnswer = z.object({
  id: z.string(),
  order: z.string(),
  status: z.enum(['accepted', 'duplicate']),
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
  next: z.string().optional().describe('Pass as `after` for the next page'),
});

export const commandAnswer = z.object({ plan: z.array(planLine) });

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
    z.object({ class: z.string(), state: z.string(), wording: z.string(), source: z.string(), occurredAt: z.string() }),
  ),
  orders: z.array(z.string()),
});

export const consentAnswer = z.object({ contact: z.uuid(), class: z.string(), state: z.string() });
export const optOutAnswer = z.object({ addresses: z.array(z.string()), state: z.enum(['stopped', 'lifted']) });
export const caseAnswer = z.object({ id: z.string(), status: z.enum(['closed', 'already_closed']) });

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
  next: z.string().optional().describe('Pass as `after` for the next page'),
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
    z.object({ at: moment, actor: z.string(), action: z.string(), reason: z.string(), details: z.object({}).loose() }),
  ),
});

export const repairAnswer = z.object({ id: z.uuid(), state: z.string() });

export const stopsAnswer = z.object({
  stops: z.array(
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
  next: z.string().optional().describe('Pass as `after` for the next page'),
});

export const stopAnswer = z.object({ id: z.string(), status: z.enum(['released', 'already_released']) });
