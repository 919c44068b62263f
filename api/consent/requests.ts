/** Request bodies about a person's consents and refusals. Unknown fields are mistakes. */
import { z } from 'zod';
import { CONSENT_BASES, CONSENT_CLASSES } from '../../domain/consent/consent.ts';
import { namesPerson, withoutPerson } from '../http/personal.ts';
import { reason } from '../sending/requests.ts';
import { country, instant, locale, phone, text, url } from '../http/request-values.ts';

/** Where it comes from. Unlike the evidence it is kept after an erasure. */
const source = text(100).refine(
  (from) => !namesPerson(from),
  'neither an e-mail address nor a number of seven digits or more, also with separators, except a day such as 2026-03-02: it is kept after an erasure',
);

/** Proof that it was said; kept apart, so that it can be erased. */
const evidence = z.strictObject({
  ip: z.union([z.ipv4(), z.ipv6()], { error: 'an IP address' }).exactOptional(),
  userAgent: text(500).exactOptional(),
  url: url.exactOptional(),
  note: text(500).exactOptional(),
});

export const consentBody = z.strictObject({
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

/** Of an order: the shop's own words, such as "checkout of order 450789469", must not keep it out. */
export const orderConsent = consentBody.extend({ source: text(100).transform(withoutPerson) });

/** Lines are answered one by one, so what one of them lacks is no mistake of the request. */
const consentLine = consentBody.omit({ class: true }).extend({
  address: phone,
  country: country.exactOptional(),
  class: text(40),
});
export const consentImportBody = z.strictObject({ lines: z.array(consentLine).min(1).max(1000) });

const optOut = z.strictObject({
  address: phone.exactOptional(),
  /** Reads a number without a country; the brand's own when left out. */
  country: country.exactOptional(),
  source,
  at: instant.exactOptional(),
});
/** A lift needs a reason and counts from now on, so that it never ends a STOP that the customer sends meanwhile. */
export const optOutBody = optOut
  .extend({
    contact: z.uuid().exactOptional(),
    state: z.enum(['stopped', 'lifted']).default('stopped'),
    reason: reason.exactOptional(),
  })
  .superRefine(({ state, reason, at }, context) => {
    if (state === 'lifted' && reason === undefined)
      context.addIssue({ code: 'custom', path: ['reason'], message: 'a stop is lifted for a reason' });
    if (state === 'lifted' && at !== undefined)
      context.addIssue({ code: 'custom', path: ['at'], message: 'a stop is lifted from now on' });
  });

/** Lines are answered one by one. A list can only stop numbers, never lift a stop. */
export const optOutImportBody = z.strictObject({
  lines: z
    .array(
      optOut.extend({
        address: phone,
        state: z.literal('stopped', { error: 'a list lifts no stop' }).default('stopped'),
      }),
    )
    .min(1)
    .max(1000),
});

export const listCheckBody = z.strictObject({ list: text(64), listed: z.boolean(), at: instant });
