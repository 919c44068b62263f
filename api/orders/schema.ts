/** Requests and answers about orders, events and commands. Unknown fields of a request are mistakes. */
import { z } from 'zod';
import type { TextName } from '../../domain/orders/events.ts';
import { SHOWN_TYPES, TEXT_NAMES } from '../../domain/orders/events.ts';
import { LONGEST_STATUS_LINK } from '../../domain/orders/link-hosts.ts';
import { PHASES } from '../../domain/orders/phase.ts';
import { FULFILMENTS } from '../../domain/journey/journey.ts';
import { isTimelineCursor } from '../../queries/orders/timeline-page.ts';
import { COMMANDS, MEANINGS } from '../../queries/orders/timeline-entries.ts';
import { orderConsent } from '../consent/schema.ts';
import {
  orderId,
  text,
  opaqueId,
  locale,
  timeZone,
  country,
  phone,
  amount,
  instant,
  promise,
  currency,
  link,
} from '../http/request-values.ts';
import { NOT_A_CURSOR } from '../http/problem.ts';
import {
  caseKind,
  channel,
  messageClass,
  messageKind,
  messageState,
  moment,
  named,
  nextPage,
  notes,
  pageSize,
  reason,
} from '../http/schema.ts';
import { shippingAddress } from './event-schema.ts';

const loyalty = z.strictObject({
  member: z.boolean(),
  tier: text(40).exactOptional(),
  points: z.int().nonnegative().exactOptional(),
  nextTier: text(40).exactOptional(),
  pointsToNextTier: z.int().nonnegative().exactOptional(),
});

const customer = z.strictObject({
  id: opaqueId(64).exactOptional(),
  firstName: text(100).exactOptional(),
  lastName: text(100).exactOptional(),
  phone: phone.exactOptional(),
  locale: locale.exactOptional(),
  timeZone: timeZone.exactOptional(),
  earlierOrders: z.int().nonnegative().exactOptional(),
  loyalty: loyalty.exactOptional(),
  consents: z.array(orderConsent).max(20).exactOptional(),
});

/** The fields that decide how a number is read, in an order that may have mistakes elsewhere. */
export const orderPhone = z.object({
  customer: z.object({ phone }),
  shippingAddress: z.object({ country: country.exactOptional() }).exactOptional(),
});

const item = named(
  'NewItem',
  z.strictObject({
    sku: text(100).exactOptional(),
    productId: opaqueId(64).exactOptional(),
    title: text(300),
    quantity: z.int().min(1).max(1_000_000),
    price: amount,
  }),
);

const parcelCount = z.int().min(1).max(100);

const newOrder = z.strictObject({
  id: orderId,
  name: text(40),
  placedAt: instant,
  currency,
  total: amount,
  fulfilment: z.enum(FULFILMENTS).default('shipped'),
  statusUrl: link
    .exactOptional()
    .describe(`Texts go without it if it has more than ${LONGEST_STATUS_LINK} characters; a note says so.`),
  promisedAt: promise.exactOptional(),
  parcelCount: parcelCount.exactOptional(),
  /** An order of the shop's own tests. It gets messages like any other, but does not count as another purchase. */
  test: z.boolean().exactOptional(),
  customer,
  shippingAddress: shippingAddress.exactOptional(),
  /** May be empty: a shop that sends no lines still gets its order news told. */
  items: z.array(item).max(200),
});
export const orderBody = named('NewOrder', newOrder, {
  id: '450789469',
  name: '#1001',
  placedAt: '2026-03-02T23:41:00+01:00',
  currency: 'EUR',
  total: '54.80',
  statusUrl: 'https://sole.example/o/1001',
  promisedAt: '2026-03-05',
  customer: {
    id: '207119551',
    firstName: 'Giulia',
    phone: '+39 347 555 0142',
    locale: 'it',
    consents: [
      {
        class: 'promotional',
        action: 'granted',
        wording: 'Scrivetemi di novità e offerte.',
        source: 'checkout',
        at: '2026-03-02T23:40:00+01:00',
      },
    ],
  },
  shippingAddress: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
  items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, price: '39.90' }],
});
export type OrderBody = z.output<typeof orderBody>;

export const pauseBody = named('PauseRequest', z.strictObject({ until: instant.exactOptional() }), {
  until: '2026-03-09T09:00:00+01:00',
});
/** `shipped`, or one occurrence of it: `shipped#p1`. It travels to the workflow, so free text is refused. */
export const skipBody = named(
  'SkipRequest',
  z.strictObject({
    step: z
      .string()
      .max(200)
      .regex(
        /^[a-z][a-z0-9_]{0,63}(#[A-Za-z0-9._:#/-]{1,128})?$/,
        'must be the name of a step, or of one occurrence: name#occurrence',
      ),
  }),
  { step: 'rating_request' },
);
export const emptyBody = named('Nothing', z.strictObject({}), {});

export const listQuery = z.strictObject({
  contact: z.uuid().exactOptional(),
  after: orderId.exactOptional(),
  limit: pageSize,
});

export const orderQuery = z.strictObject({
  after: z.string().max(100).refine(isTimelineCursor, NOT_A_CURSOR).exactOptional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

const planLine = named(
  'PlanLine',
  z.object({
    key: z.string().describe('The step, or step#occurrence'),
    kind: z.string().describe('A message kind, or case: and a case kind'),
    channel: channel.optional().describe('Where the step has several: the one that it would go out on'),
    dueAt: moment,
    heldBy: z
      .array(z.string())
      .optional()
      .describe('Numbers of the open cases that it waits for, whatever `dueAt` says'),
  }),
);

/** Of every entry about a message. */
const about = { at: moment, key: z.string().describe('The step, or step#occurrence'), kind: messageKind, channel };
const ofRule = z.string().describe("The first rule that stood against it: a country's, or one of our own");

/** The words that came with an event, under the names of their fields. */
const words = Object.fromEntries(TEXT_NAMES.map((name) => [name, z.string().optional()])) as Readonly<
  Record<TextName, z.ZodOptional<z.ZodString>>
>;

const timelineEntry = named(
  'TimelineEntry',
  z.discriminatedUnion('what', [
    named(
      'ReportedEntry',
      z
        .object({
          at: moment,
          what: z.literal('event'),
          type: z.enum(SHOWN_TYPES),
          parcel: z.string().optional(),
          promisedAt: moment.optional(),
          amountMinor: z.int().optional(),
          pieces: z.int().optional().describe('Pieces of the order that a refund or return names'),
          ...words,
        })
        .describe('An event, as it was reported'),
    ),
    named(
      'CommandEntry',
      z
        .object({
          at: moment,
          what: z.literal('command'),
          type: z.enum(COMMANDS),
          until: moment.optional(),
          step: z.string().optional(),
        })
        .describe("An operator's command, as the order carried it out"),
    ),
    named(
      'MovedEntry',
      z
        .object({ ...about, what: z.literal('moved'), until: moment, reason, rule: ofRule })
        .describe('A message that waits'),
    ),
    named(
      'SkippedEntry',
      z.object({ ...about, what: z.literal('skipped'), reason, rule: ofRule }).describe('A message that is not sent'),
    ),
    named(
      'SentEntry',
      z
        .object({
          ...about,
          what: z.enum(['sent', 'failed']),
          class: messageClass,
          segments: z.int(),
          text: z.string().describe('Without the links that only the customer may open; empty once it is erased'),
          state: messageState,
          alsoArrivedBy: channel.optional().describe('It has arrived on this channel too: the rare double arrival'),
          reason: reason.optional(),
        })
        .describe(
          'A message that went to the provider. `failed`: refused for good, never known to have arrived, or given up by an operator',
        ),
    ),
    named(
      'CustomerEntry',
      z
        .object({
          at: moment,
          what: z.literal('customer'),
          text: z.string(),
          meaning: z.enum(MEANINGS),
          score: z.int().optional(),
        })
        .describe('A text of the customer'),
    ),
    named(
      'CaseEntry',
      z
        .object({
          at: moment,
          what: z.enum(['case_opened', 'case_closed']),
          case: z.string(),
          kind: caseKind,
          cause: z.string(),
        })
        .describe('Support work that began or ended'),
    ),
  ]),
);

const anOrder = '450789469';
const aContact = '1c5e8f5a-0a35-4cf7-8ff4-2b7b8ee2a0a1';

export const orderAnswer = named(
  'Order',
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    contact: z.uuid().nullable().describe('null while only events of the order have come'),
    placedAt: moment.nullable(),
    currency: z.string().nullable(),
    totalMinor: z.int().nullable(),
    fulfilment: z.enum(FULFILMENTS).nullable(),
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
      .describe(
        'The order has more facts than are read for an answer: phase and plan are made from the newest of them',
      ),
    timeline: z.array(timelineEntry).describe('Oldest first, a page of it'),
    next: nextPage,
  }),
  {
    id: anOrder,
    name: '#1001',
    contact: aContact,
    placedAt: '2026-03-02T22:41:00.000Z',
    currency: 'EUR',
    totalMinor: 5480,
    fulfilment: 'shipped',
    journey: { name: 'standard', version: 5 },
    phase: 'delivery',
    hold: null,
    finished: false,
    zones: ['Europe/Rome'],
    plan: [{ key: 'setup_guide', kind: 'setup_guide', dueAt: '2026-03-06T09:00:00.000Z' }],
    timeline: [
      { at: '2026-03-02T22:41:00.000Z', what: 'event', type: 'order_placed' },
      {
        at: '2026-03-02T22:41:02.000Z',
        what: 'sent',
        key: 'order_confirmation',
        kind: 'order_confirmation',
        channel: 'sms',
        class: 'transactional',
        segments: 1,
        text: 'Bottega Sole: grazie Giulia, abbiamo ricevuto il tuo ordine #1001.',
        state: 'delivered',
      },
      {
        at: '2026-03-03T15:20:00.000Z',
        what: 'event',
        type: 'parcel_shipped',
        parcel: 'shipment-1',
      },
    ],
  },
);

const taken = z.enum(['accepted', 'duplicate']);

export const acceptedAnswer = named(
  'OrderAccepted',
  z.object({ id: z.string(), contact: z.uuid(), status: taken, notes }),
  { id: anOrder, contact: aContact, status: 'accepted' },
);

export const acceptedEventAnswer = named(
  'EventAccepted',
  z.object({ id: z.string(), order: z.string(), status: taken, notes }),
  { id: 'shipment-1-handed-over', order: anOrder, status: 'accepted' },
);

export const ordersAnswer = named(
  'OrderPage',
  z.object({
    orders: z.array(
      named(
        'OrderHead',
        z.object({
          id: z.string(),
          name: z.string().nullable(),
          contact: z.uuid().nullable(),
          placedAt: moment.nullable(),
        }),
      ),
    ),
    next: nextPage,
  }),
  { orders: [{ id: anOrder, name: '#1001', contact: aContact, placedAt: '2026-03-02T22:41:00.000Z' }] },
);

export const commandAnswer = named('CommandResult', z.object({ plan: z.array(planLine) }), {
  plan: [{ key: 'setup_guide', kind: 'setup_guide', dueAt: '2026-03-06T09:00:00.000Z' }],
});
