/** Requests and answers about messages of the ledger, blocks, decisions and limits. */
import { z } from 'zod';
import { CONFIDENCES, ROW_BASES } from '../../domain/rules/rule-pack.ts';
import type { ZoneSource } from '../../domain/place/zones.ts';
import { AUDIT_ACTIONS } from '../../domain/access/audit.ts';
import { LIMIT_CASES } from '../../domain/sending/gate/case-hold.ts';
import type { LaneKind } from '../../domain/sending/lane.ts';
import { FORECAST_WARNINGS } from '../../domain/sending/lane.ts';
import { ABUSE_ALARM_KINDS } from '../../domain/sending/spend.ts';
import { EXPLAINED_STATUSES } from '../../queries/orders/explained-message.ts';
import { LISTED_STATES } from '../../queries/sending/messages.ts';
import { rowCursor, holdsNumber, holdsPersonal, instant, text } from '../http/request-values.ts';
import { NOT_A_CURSOR } from '../http/problem.ts';
import {
  anyObject,
  channel,
  messageClass,
  messageKind,
  messageState,
  moment,
  named,
  nextPage,
  outcome,
  pageSize,
  reason as reasonOfDecision,
} from '../http/schema.ts';

/** The person who acts, and the reason, for the audit log. */
const actor = text(100).refine(
  (who) => !holdsNumber(who),
  'must not have a number of seven digits or more, also with separators: it stays in the audit log for good',
);
export const operatorReason = text(500).refine(
  (said) => !holdsPersonal(said),
  'must have neither an e-mail address nor a number of seven digits or more, also with separators (write a date as 30 Nov): it stays in the audit log for good',
);

const byHand = z.strictObject({ actor, reason: operatorReason });
const exampleByHand = { actor: 'ada', reason: 'answered by phone' };
export const repairBody = named('ByHand', byHand, exampleByHand);
export const redriveBody = named(
  'RedriveRequest',
  byHand.extend({ mayDuplicate: z.boolean().exactOptional() }),
  exampleByHand,
);

export const messagesQuery = z.strictObject({
  state: z.enum(LISTED_STATES),
  after: z.uuid(NOT_A_CURSOR).exactOptional(),
  limit: pageSize,
});

export const blocksQuery = z.strictObject({
  state: z.enum(['open', 'released']).default('open'),
  after: rowCursor.exactOptional(),
  limit: pageSize,
});

export const limitsQuery = z.strictObject({});

export const explainQuery = z.strictObject({
  message: messageKind,
  after: text(200)
    .regex(/^[a-z][a-z0-9_]{0,63}(#[A-Za-z0-9._:#/-]{1,128})?$/, NOT_A_CURSOR)
    .exactOptional(),
});

export const decisionsQuery = z.strictObject({
  kind: messageKind.exactOptional(),
  after: rowCursor.exactOptional(),
  limit: pageSize,
});

export const forecastQuery = z.strictObject({
  hours: z.coerce.number().int().min(1).max(168).default(24),
  segments: z.coerce.number().int().min(1).max(10_000_000).exactOptional(),
  at: instant.exactOptional(),
});

const aMessage = '5b0a3f1e-9b52-4ad8-8a0a-6d0f4d5c7e10';
const aContact = '1c5e8f5a-0a35-4cf7-8ff4-2b7b8ee2a0a1';

const messageHead = z.object({
  id: z.uuid(),
  order: z.string().nullable().describe('null for a reply to the customer'),
  contact: z.uuid(),
  step: z.string(),
  occurrence: z.string(),
  kind: messageKind,
  class: messageClass,
  channel,
  state: messageState,
  reason: reasonOfDecision.nullable(),
  code: z.string().nullable().describe("The provider's last error code"),
  attempts: z.int(),
  dueAt: moment,
  usefulUntil: moment,
  submittedAt: moment.nullable(),
});
const exampleOfMessage = {
  id: aMessage,
  order: '450789469',
  contact: aContact,
  step: 'shipped',
  occurrence: 'shipment-1',
  kind: 'shipped',
  class: 'transactional',
  channel: 'sms',
  state: 'unknown',
  reason: null,
  code: null,
  attempts: 1,
  dueAt: '2026-03-03T15:20:00.000Z',
  usefulUntil: '2026-03-04T15:20:00.000Z',
  submittedAt: '2026-03-03T15:20:01.000Z',
} as const;

export const messagesAnswer = named(
  'MessagePage',
  z.object({ messages: z.array(named('MessageHead', messageHead)), next: nextPage }),
  { messages: [exampleOfMessage] },
);

export const messageAnswer = named(
  'Message',
  messageHead.extend({
    attempted: z.array(
      named(
        'Attempt',
        z.object({
          number: z.int(),
          submittedAt: moment,
          outcome: z
            .enum(['accepted', 'refused', 'unknown', 'not_sent'])
            .optional()
            .describe('Absent until it is known'),
          code: z.string().optional(),
          settledBy: z.enum(['answer', 'receipt', 'records', 'operator']).optional(),
          finishedAt: moment.optional(),
          providerId: z.string().optional(),
          statuses: z.array(
            z.object({ status: z.string(), code: z.string().optional(), at: moment, receivedAt: moment }),
          ),
        }),
      ),
    ),
    decisions: z.array(
      z.object({
        at: moment,
        outcome,
        reason: reasonOfDecision.optional(),
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
        action: z.enum(AUDIT_ACTIONS),
        reason: z.string(),
        before: anyObject.optional(),
        after: anyObject.optional(),
      }),
    ),
  }),
  { ...exampleOfMessage, attempted: [], decisions: [], redeliveries: [], audit: [] },
);

export const repairAnswer = named('MessageRepaired', z.object({ id: z.uuid(), state: messageState }), {
  id: aMessage,
  state: 'planned',
});

export const blocksAnswer = named(
  'BlockPage',
  z.object({
    blocks: z.array(
      named(
        'Block',
        z.object({
          id: z.string(),
          scope: z.enum(['template', 'sender']),
          channel,
          kind: messageKind.optional(),
          locale: z.string().optional(),
          sender: z.string().optional(),
          code: z.string(),
          message: z.uuid().describe('The first message that was refused'),
          refusals: z.int(),
          openedAt: moment,
          releasedAt: moment.optional(),
        }),
      ),
    ),
    next: nextPage,
  }),
  {
    blocks: [
      {
        id: '2',
        scope: 'template',
        channel: 'rcs',
        kind: 'shipped',
        locale: 'it',
        code: '1210',
        message: aMessage,
        refusals: 3,
        openedAt: '2026-03-03T15:21:00.000Z',
      },
    ],
  },
);

export const blockAnswer = named(
  'BlockReleased',
  z.object({ id: z.string(), status: z.enum(['released', 'already_released']) }),
  { id: '2', status: 'released' },
);

const saidRule = named(
  'SaidRule',
  z
    .object({ id: z.string(), says: z.string(), basis: z.enum(ROW_BASES), confidence: z.enum(CONFIDENCES) })
    .describe("A row of a country's rules"),
);

/** `none`: no country's rules were asked. */
const ZONE_SOURCES = [
  'customer',
  'postcode',
  'address',
  'number',
  'shop',
  'unknown',
  'none',
] as const satisfies readonly (ZoneSource | 'none')[];

const decision = named(
  'Decision',
  z.object({
    id: z.string(),
    at: moment,
    order: z.string().nullable(),
    step: z.string(),
    occurrence: z.string(),
    kind: messageKind,
    channel,
    outcome,
    reason: reasonOfDecision.nullable(),
    until: moment.nullable(),
    words: z.string(),
    rule: z.string(),
    says: saidRule.nullable(),
    jurisdictions: z.array(z.string()),
    packs: z.array(z.string()),
    rules: z.array(z.string()),
    zones: z.array(z.string()),
    zoneSource: z.enum(ZONE_SOURCES).nullable(),
    localTime: z.string().nullable(),
    consent: z.string().nullable(),
  }),
);
const exampleOfDecision: z.output<typeof decision> = {
  id: '41',
  at: '2026-03-02T22:41:02.000Z',
  order: '450789469',
  step: 'order_confirmation',
  occurrence: '',
  kind: 'order_confirmation',
  channel: 'sms',
  outcome: 'send',
  reason: null,
  until: null,
  words: 'Sent: nothing stands against it.',
  rule: 'allowed',
  says: null,
  jurisdictions: ['IT', 'EU'],
  packs: ['IT 3', 'EU 4'],
  rules: [],
  zones: ['Europe/Rome'],
  zoneSource: 'address',
  localTime: '23:41',
  consent: null,
};

const disclaimer = z.string().describe('Shown with everything that speaks of the law');
const exampleOfDisclaimer = 'This is what the configured rules say. They are engineering notes and not legal advice.';

export const decisionsAnswer = named(
  'DecisionPage',
  z.object({ decisions: z.array(decision), next: nextPage, disclaimer }),
  { decisions: [exampleOfDecision], disclaimer: exampleOfDisclaimer },
);

export const explanationAnswer = named(
  'Explanation',
  z.object({
    order: z.string(),
    message: messageKind,
    explained: z.array(
      named(
        'ExplainedMessage',
        z.object({
          key: z.string().nullable().describe('The step, or step#occurrence; null where the order has no such step'),
          status: z.enum(EXPLAINED_STATUSES),
          at: moment.nullable(),
          words: z.string(),
          says: saidRule.nullable(),
          decisions: z.array(decision).describe('Oldest first, at most the last 20'),
        }),
      ),
    ),
    next: nextPage,
    disclaimer,
  }),
  {
    order: '450789469',
    message: 'order_confirmation',
    explained: [
      {
        key: 'order_confirmation',
        status: 'sent',
        at: '2026-03-02T22:41:02.000Z',
        words: 'Sent on 2026-03-02T22:41:02.000Z; it is delivered.',
        says: null,
        decisions: [exampleOfDecision],
      },
    ],
    disclaimer: exampleOfDisclaimer,
  },
);

const LANE_KINDS = ['account', 'sender', 'campaign', 'brand_day', 'records'] as const satisfies readonly LaneKind[];

const lane = z.object({
  kind: z.enum(LANE_KINDS),
  unit: z.enum(['messages', 'segments']),
  tokens: z.number(),
  periodSeconds: z.number(),
  rateLeft: z.number().describe('1, or what is left after the provider asked for less'),
  bookedTo: moment,
  heldUntil: moment.optional().describe('Nothing goes out before'),
  leftToday: z.int().optional(),
});
const outlook = z.object({
  startsAt: moment,
  drainsAt: moment.describe('The last of it is out, if the rate holds'),
  segmentsPerSecond: z.number().optional().describe('Absent: nothing limits it'),
  warnings: z.array(z.enum(FORECAST_WARNINGS)),
});
const volume = z.object({ messages: z.int(), segments: z.int().describe('One each where the text is not there yet') });
const classForecast = z.object({
  class: messageClass,
  booked: volume.extend({ drainsAt: moment }).optional(),
  due: volume.extend({ from: moment, ...outlook.shape }).optional(),
});

export type LaneAnswer = z.output<typeof lane>;
export type ForecastOutlook = z.output<typeof outlook>;
export type ClassForecast = z.output<typeof classForecast>;

export const forecastAnswer = named(
  'Forecast',
  z.object({
    at: moment,
    until: moment,
    lanes: z.array(lane),
    classes: z.array(classForecast),
    volume: outlook.optional().describe('What would become of ?segments= more promotional segments'),
  }),
  {
    at: '2026-03-02T09:00:00.000Z',
    until: '2026-03-03T09:00:00.000Z',
    lanes: [
      {
        kind: 'account',
        unit: 'messages',
        tokens: 30,
        periodSeconds: 1,
        rateLeft: 1,
        bookedTo: '2026-03-02T09:00:00.000Z',
      },
    ],
    classes: [],
  },
);

const money = z.number().describe('In units of the currency');

export const limitsAnswer = named(
  'Limits',
  z.object({
    countries: z
      .array(z.string())
      .nullable()
      .describe(
        'Whose numbers are texted. Null: the brand’s own country, those of its senders, and where an order goes',
      ),
    number: z.object({ perDay: z.int(), perWeek: z.int(), ordersPerDay: z.int() }),
    spend: z.object({
      currency: z.string().nullable(),
      perDay: money.nullable(),
      perCountryPerDay: money.nullable(),
      today: money,
      countries: z.array(z.object({ country: z.string(), cost: money, messages: z.int() })),
    }),
    alarms: z
      .array(
        z.object({
          kind: z.enum(ABUSE_ALARM_KINDS),
          country: z.string().nullable(),
          day: z.iso.date(),
          figures: z.record(z.string(), z.number()),
          raisedAt: moment,
        }),
      )
      .describe('Of the last 7 days'),
    cases: z
      .array(z.object({ case: z.string(), kind: z.enum(LIMIT_CASES), contact: z.uuid(), openedAt: moment }))
      .describe('Open ones that a limit has opened'),
  }),
  {
    countries: null,
    number: { perDay: 10, perWeek: 25, ordersPerDay: 10 },
    spend: {
      currency: 'EUR',
      perDay: 200,
      perCountryPerDay: null,
      today: 12.4,
      countries: [{ country: 'IT', cost: 12.4, messages: 248 }],
    },
    alarms: [],
    cases: [],
  },
);
