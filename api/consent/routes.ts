/**
 * Consents of people: recorded one by one, imported from elsewhere, and shown with the result of a check that they
 * were not changed.
 */
import { importConsents } from '../../commands/consent/import-consents.ts';
import { consentLedger } from '../../db/consent/consent-ledger.ts';
import { recordConsent } from '../../commands/consent/record-consent.ts';
import type { ClassConsent, Consents } from '../../domain/consent/consent.ts';
import { parsePhone } from '../../domain/contacts/phone.ts';
import type { AppDeps } from '../http/deps.ts';
import { LIST_LIMIT } from '../http/json.ts';
import { invalid, notFound } from '../http/problem.ts';
import { CLOCK_LEEWAY, consentErrors } from '../orders/read-order.ts';
import type { ShownConsents, ShownConsent } from './schema.ts';
import {
  consentRecordedAnswer,
  consentBody,
  consentImportAnswer,
  consentImportBody,
  consentLedgerAnswer,
} from './schema.ts';
import { contactId } from '../http/request-values.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function consentRoutes(deps: AppDeps): readonly Route[] {
  const { db, wakeDrainer } = deps;
  const ofContact = { id: contactId, subject: 'contact', path: '/v1/contacts/:id/consents', tag: 'Consents' } as const;
  return [
    brandRoute({
      ...ofContact,
      method: 'get',
      operationId: 'readConsents',
      scope: 'contacts:read',
      summary:
        'Every entry of a contact in the ledger of consents, what they add up to, and whether the ledger is intact.',
      problems: ['not_found'],
      answers: { 200: { description: 'The ledger', schema: consentLedgerAnswer } },
      handle: async ({ brand, id }) => {
        const ledger = await consentLedger(db, brand.id, id);
        if (!ledger) throw notFound('contact');
        const { day, night } = ledger.inForce;
        return { status: 200, body: { ...ledger, inForce: { day: shown(day), night: shown(night) } } };
      },
    }),
    brandRoute({
      ...ofContact,
      method: 'post',
      operationId: 'recordConsent',
      scope: 'consent',
      summary: 'Adds a consent or its withdrawal. The last word per class counts, at once.',
      body: consentBody,
      problems: ['not_found'],
      answers: { 201: { description: 'Recorded', schema: consentRecordedAnswer } },
      handle: async ({ brand, actor, id, body, now }) => {
        const errors = consentErrors('/at', body.at, now);
        if (body.expiresAt !== undefined && body.expiresAt <= body.at)
          errors.push({ pointer: '/expiresAt', detail: 'must be after `at`' });
        if (errors.length > 0) throw invalid(errors);
        const consent = { ...body, at: Math.min(body.at, now) };
        if (!(await recordConsent(db, { brand: brand.id, contact: id, actor, consent }, now)))
          throw notFound('contact');
        wakeDrainer();
        return { status: 201, body: { contact: id, class: body.class, action: body.action } };
      },
    }),
    brandRoute({
      method: 'post',
      tag: 'Consents',
      operationId: 'importConsents',
      path: '/v1/consents/import',
      scope: 'consent',
      summary:
        'Adds up to 1000 consents collected elsewhere, each with its proof. Every line is answered. It lifts no STOP; a number without an order becomes a contact.',
      body: consentImportBody,
      bodyLimit: LIST_LIMIT,
      problems: [],
      answers: { 200: { description: 'What became of each line, in their order', schema: consentImportAnswer } },
      handle: async ({ brand, actor, body, now }) => {
        const lines = body.lines.map(({ address, country = brand.country, ...line }) => ({
          ...line,
          phone: parsePhone(address, country),
        }));
        const importing = { brand: brand.id, actor, leeway: CLOCK_LEEWAY };
        const results = await importConsents(deps, importing, lines, now);
        wakeDrainer();
        return { status: 200, body: { results } };
      },
    }),
  ];
}

/** Moments as the API writes them. */
function shown({ transactional, service_feedback: feedback, promotional }: Consents['day']): ShownConsents {
  return {
    ...(transactional && { transactional: shownConsent(transactional) }),
    ...(feedback && { service_feedback: shownConsent(feedback) }),
    ...(promotional && { promotional: shownConsent(promotional) }),
  };
}

function shownConsent(consent: ClassConsent): ShownConsent {
  const at = new Date(consent.at).toISOString();
  if (consent.state === 'withdrawn') return { ...consent, at };
  const { renewedAt, expiresAt, ...rest } = consent;
  return {
    ...rest,
    at,
    renewedAt: new Date(renewedAt).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
