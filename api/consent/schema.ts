/** Requests and answers about a person's consents and refusals. Unknown fields of a request are mistakes. */
import { z } from 'zod';
import { CONSENT_ACTIONS, CONSENT_BASES, CONSENT_CLASSES } from '../../domain/consent/consent.ts';
import { namesPerson, withoutPerson, country, instant, locale, phone, text, url } from '../http/request-values.ts';
import { operatorReason } from '../sending/schema.ts';
import { channel, moment, named, notes } from '../http/schema.ts';

/** Where it comes from. Unlike the evidence it is kept after an erasure. */
const source = text(100).refine(
  (from) => !namesPerson(from),
  'must have neither an e-mail address nor a number of seven digits or more, also with separators, except a day such as 2026-03-02: it is kept after an erasure',
);

/** Proof of the statement. It is stored apart, so that it can be erased. */
const evidence = z.strictObject({
  ip: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' }).exactOptional(),
  userAgent: text(500).exactOptional(),
  url: url.exactOptional(),
  note: text(500).exactOptional(),
});

const consent = z.strictObject({
  class: z.enum(CONSENT_CLASSES),
  action: z.enum(['granted', 'withdrawn']),
  basis: z.enum(CONSENT_BASES).default('express'),
  /** About the hours of the night only. */
  night: z.boolean().default(false),
  wording: text(2000),
  locale: locale.exactOptional(),
  source,
  evidence: evidence.exactOptional(),
  at: instant,
  expiresAt: instant.exactOptional(),
});
const exampleOfConsent = {
  class: 'promotional',
  action: 'granted',
  basis: 'express_written',
  wording: 'Scrivetemi di novità e offerte.',
  locale: 'it',
  source: 'newsletter form',
  evidence: { url: 'https://sole.example/newsletter' },
  at: '2026-03-02T23:40:00+01:00',
} as const;
export const consentBody = named('NewConsent', consent, exampleOfConsent);

/**
 * The source of a consent in an order. The shop's own words, such as "checkout of order 450789469", must not make the
 * order invalid.
 */
export const orderConsent = named('ConsentOfOrder', consent.extend({ source: text(100).transform(withoutPerson) }));

/** Each line has its own answer, so a mistake in one line does not refuse the request. */
const consentLine = consent.omit({ class: true }).extend({
  address: phone,
  country: country.exactOptional(),
  class: text(40),
});
export const consentImportBody = named(
  'ConsentImport',
  z.strictObject({ lines: z.array(consentLine).min(1).max(1000) }),
  { lines: [{ ...exampleOfConsent, address: '+393475550142' }] },
);

const optOut = z.strictObject({
  address: phone.exactOptional(),
  /** Reads a number without a country; the brand's own when left out. */
  country: country.exactOptional(),
  source,
  at: instant.exactOptional(),
});
/**
 * A lift needs a reason. It counts from now on, so that it never ends a STOP that the customer sends in the meantime.
 */
export const optOutBody = named(
  'OptOut',
  optOut
    .extend({
      contact: z.uuid().exactOptional(),
      state: z.enum(['stopped', 'lifted']).default('stopped'),
      reason: operatorReason.exactOptional(),
    })
    .superRefine(({ state, reason, at }, context) => {
      if (state === 'lifted' && reason === undefined)
        context.addIssue({ code: 'custom', path: ['reason'], message: 'must be given: a stop is lifted for a reason' });
      if (state === 'lifted' && at !== undefined)
        context.addIssue({ code: 'custom', path: ['at'], message: 'must be left out: a stop is lifted from now on' });
    }),
  { address: '+393475550142', source: 'asked by phone' },
);

/** Each line has its own answer. A list can only stop numbers and never lifts a stop. */
export const optOutImportBody = named(
  'OptOutImport',
  z.strictObject({
    lines: z
      .array(
        optOut.extend({
          address: phone,
          state: z.literal('stopped', { error: 'must be stopped: a list lifts no stop' }).default('stopped'),
        }),
      )
      .min(1)
      .max(1000),
  }),
  { lines: [{ address: '+393475550142', source: 'list of the old system' }] },
);

export const listCheckBody = named(
  'NewListCheck',
  z.strictObject({ list: text(64), listed: z.boolean(), at: instant }),
  { list: 'sg_dnc', listed: false, at: '2026-03-02T09:00:00+08:00' },
);

const aContact = '1c5e8f5a-0a35-4cf7-8ff4-2b7b8ee2a0a1';
const consentClass = named('ConsentClass', z.enum(CONSENT_CLASSES));
const consentAction = named('ConsentAction', z.enum(CONSENT_ACTIONS));
const consentBasis = named('ConsentBasis', z.enum(CONSENT_BASES));

export const consentRecordedAnswer = named(
  'ConsentRecorded',
  z.object({ contact: z.uuid(), class: consentClass, action: consentAction }),
  { contact: aContact, class: 'promotional', action: 'granted' },
);

const classConsent = named(
  'ClassConsent',
  z.object({
    state: z.enum(['granted', 'withdrawn']),
    ref: z.string().describe('The entry that proves it'),
    basis: consentBasis.optional(),
    confirmed: z.boolean().optional().describe('Over the number itself'),
    at: moment,
    renewedAt: moment.optional(),
    expiresAt: moment.optional(),
  }),
);
export type ShownConsent = z.output<typeof classConsent>;
const byClass = z.object({
  transactional: classConsent.optional(),
  service_feedback: classConsent.optional(),
  promotional: classConsent.optional(),
});
export type ShownConsents = z.output<typeof byClass>;

export const consentLedgerAnswer = named(
  'ConsentLedger',
  z.object({
    contact: z.uuid(),
    entries: z.array(
      named(
        'ConsentEntry',
        z.object({
          id: z.string(),
          seq: z.int(),
          channel,
          class: consentClass,
          night: z.boolean().describe('About the hours of the night only'),
          action: consentAction,
          basis: consentBasis,
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
    ),
    inForce: z.object({ day: byClass, night: byClass }),
    chain: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('intact'), entries: z.int() }),
      z.object({ kind: z.literal('broken'), seq: z.int(), flaw: z.enum(['altered', 'missing', 'not_the_head']) }),
    ]),
  }),
  {
    contact: aContact,
    entries: [],
    inForce: {
      day: {
        promotional: {
          state: 'granted',
          ref: '12',
          basis: 'express_written',
          confirmed: false,
          at: '2026-03-02T22:40:00.000Z',
          renewedAt: '2026-03-02T22:40:00.000Z',
        },
      },
      night: {},
    },
    chain: { kind: 'intact', entries: 0 },
  },
);

export const consentImportAnswer = named(
  'ConsentImportResult',
  z.object({
    results: z.array(
      z.discriminatedUnion('status', [
        z.object({ status: z.enum(['recorded', 'duplicate']), contact: z.uuid() }),
        z.object({ status: z.literal('refused'), why: z.string() }),
      ]),
    ),
  }),
  { results: [{ status: 'recorded', contact: aContact }] },
);

export const optOutAnswer = named(
  'OptOutResult',
  z.object({ addresses: z.array(z.string()), state: z.enum(['stopped', 'lifted']), notes }),
  { addresses: ['+393475550142'], state: 'stopped' },
);

export const optOutImportAnswer = named(
  'OptOutImportResult',
  z.object({
    results: z.array(
      z.discriminatedUnion('status', [
        z.object({ status: z.literal('stopped') }),
        z.object({ status: z.literal('refused'), why: z.string() }),
      ]),
    ),
  }),
  { results: [{ status: 'stopped' }] },
);

export const listCheckAnswer = named(
  'ListCheck',
  z.object({ contact: z.uuid(), list: z.string(), listed: z.boolean(), notes }),
  { contact: aContact, list: 'sg_dnc', listed: false },
);
