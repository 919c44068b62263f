/** Answers about a person. */
import { z } from 'zod';
import { CONSENT_ACTIONS, CONSENT_BASES, CONSENT_CLASSES } from '../../domain/consent/consent.ts';
import { caseKind, channel, moment, named } from '../http/schema.ts';

const aContact = '1c5e8f5a-0a35-4cf7-8ff4-2b7b8ee2a0a1';

export const contactAnswer = named(
  'Contact',
  z.object({
    id: z.uuid(),
    externalId: z.string().nullable(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    locale: z.string().nullable(),
    country: z.string().nullable(),
    region: z.string().nullable(),
    addresses: z.array(z.object({ channel, address: z.string(), usable: z.boolean(), suppressed: z.boolean() })),
    consents: z.array(
      z.object({
        class: z.enum(CONSENT_CLASSES),
        night: z.boolean(),
        action: z.enum(CONSENT_ACTIONS),
        basis: z.enum(CONSENT_BASES),
        wording: z.string(),
        source: z.string(),
        occurredAt: moment,
      }),
    ),
    orders: z.array(z.string()).describe('The 100 that were placed last, oldest first. GET /v1/orders lists all.'),
    cases: z
      .array(
        z.object({
          id: z.string(),
          kind: caseKind,
          order: z.string().nullable(),
          holdsPromotions: z.boolean(),
          openedAt: moment,
        }),
      )
      .describe('The open ones, newest first, 100 at most'),
  }),
  {
    id: aContact,
    externalId: '207119551',
    firstName: 'Giulia',
    lastName: 'Rossi',
    locale: 'it',
    country: 'IT',
    region: 'MI',
    addresses: [{ channel: 'sms', address: '+393475550142', usable: true, suppressed: false }],
    consents: [],
    orders: ['450789469'],
    cases: [],
  },
);

export const linksRevokedAnswer = named(
  'LinksRevoked',
  z.object({ contact: z.uuid(), numbers: z.int().describe('Whose links have ended') }),
  { contact: aContact, numbers: 1 },
);
