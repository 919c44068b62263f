/** People: who they are, and numbers that must not be texted. Their consents are in consents.ts. */
import type { z } from 'zod';
import type { Db } from '../../db/connection/connect.ts';
import { contactView } from '../../db/contacts/contacts.ts';
import { revokeLinksOf } from '../../commands/contacts/revoke-links.ts';
import { restoreNumbers } from '../../commands/consent/restore.ts';
import { stopNumbers } from '../../commands/consent/stop.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { parsePhone } from '../../domain/contacts/phone.ts';
import { contactAnswer, linksRevokedAnswer } from './schema.ts';
import type { AppDeps } from '../http/deps.ts';
import { LIST_LIMIT } from '../http/json.ts';
import { invalid, notFound, stopOfCustomer } from '../http/problem.ts';
import { EARLIEST, notTextable, pastErrors } from '../orders/read-order.ts';
import { optOutAnswer, optOutBody, optOutImportAnswer, optOutImportBody } from '../consent/schema.ts';
import { contactId } from '../http/request-values.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function contactRoutes(deps: AppDeps): readonly Route[] {
  const { db } = deps;
  return [
    brandRoute({
      id: contactId,
      subject: 'contact',
      problems: ['not_found'],
      method: 'get',
      tag: 'Contacts',
      operationId: 'readContact',
      path: '/v1/contacts/:id',
      scope: 'contacts:read',
      summary: 'A contact with addresses, every consent given or withdrawn, and orders.',
      answers: { 200: { description: 'The contact', schema: contactAnswer } },
      handle: async ({ brand, id }) => {
        const contact = await contactView(db, brand.id, id);
        if (!contact) throw notFound('contact');
        return { status: 200, body: contact };
      },
    }),
    brandRoute({
      id: contactId,
      subject: 'contact',
      problems: ['not_found'],
      method: 'post',
      tag: 'Contacts',
      operationId: 'revokeLinks',
      path: '/v1/contacts/:id/links/revoke',
      scope: 'privacy',
      summary: 'Ends every link that the contact has been sent. HELP from their number gets one that works.',
      answers: { 200: { description: 'They open nothing any more', schema: linksRevokedAnswer } },
      handle: async ({ brand, actor, id, now }) => {
        const numbers = await revokeLinksOf(db, { brand: brand.id, contact: id, actor }, now);
        if (numbers === undefined) throw notFound('contact');
        return { status: 200, body: { contact: id, numbers } };
      },
    }),
    brandRoute({
      method: 'post',
      tag: 'Consents',
      operationId: 'changeOptOut',
      path: '/v1/opt-outs',
      scope: 'consent',
      summary:
        'Stops every message to a number, known or not, or to all numbers of a contact. Lifts, for a reason, a stop that was set here; never one of the customer, the provider or an erasure.',
      body: optOutBody,
      answers: { 201: { description: 'In force', schema: optOutAnswer } },
      problems: ['not_found', 'stop_of_customer'],
      handle: async ({ brand, actor, body, now }) => {
        const { source, state, reason = '', at = now } = body;
        const errors = pastErrors('/at', at, now);
        if (errors.length > 0) throw invalid(errors);
        const addresses = await addressesOf(db, brand, body);
        const by = { kind: 'shop', key: actor, source } as const;
        const about = { brand: brand.id, addresses, by, at: Math.min(at, now) };
        if (state === 'stopped') await stopNumbers(deps, about, now);
        const restored = state === 'lifted' && (await restoreNumbers(deps, { ...about, reason }, now));
        if (restored === 'not_by_shop') throw stopOfCustomer();
        const notes = restored === 'restored' ? [CONSENTS_AS_BEFORE] : [];
        return { status: 201, body: { addresses, state, ...(notes.length > 0 && { notes }) } };
      },
    }),
    brandRoute({
      method: 'post',
      tag: 'Consents',
      operationId: 'importOptOuts',
      path: '/v1/opt-outs/import',
      scope: 'consent',
      summary:
        'Stops up to 1000 numbers, known or not. It lifts none. Every line is answered. Lines of one number are one stop, as of the latest `at`. A list that is sent again stops a number again whose customer has sent START since, unless its line has an `at` before that.',
      body: optOutImportBody,
      bodyLimit: LIST_LIMIT,
      answers: { 200: { description: 'What became of each line, in their order', schema: optOutImportAnswer } },
      problems: [],
      handle: async ({ brand, actor, body, now }) => {
        const stops = new Map<string, { readonly source: string; readonly at: number }>();
        const results: z.output<typeof optOutImportAnswer>['results'] = [];
        for (const { address, country = brand.country, source, at = now } of body.lines) {
          const phone = parsePhone(address, country);
          if (phone.kind === 'invalid') results.push({ status: 'refused', why: `not_textable: ${phone.why}` });
          else if (at < EARLIEST) results.push({ status: 'refused', why: 'before_2000' });
          else if (pastErrors('/at', at, now).length > 0) results.push({ status: 'refused', why: 'in_the_future' });
          else {
            const known = stops.get(phone.e164);
            if (!known || known.at < at) stops.set(phone.e164, { source, at });
            results.push({ status: 'stopped' });
          }
        }
        for (const [address, { source, at }] of stops) {
          const by = { kind: 'shop', key: actor, source } as const;
          await stopNumbers(deps, { brand: brand.id, addresses: [address], by, at: Math.min(at, now) }, now);
        }
        return { status: 200, body: { results } };
      },
    }),
  ];
}

const CONSENTS_AS_BEFORE = {
  pointer: '/state',
  detail:
    'The consents are as they were before the stop. A lift gives none and renews none: only the customer can, with START, on their page, or by a consent with its proof.',
};

async function addressesOf(
  db: Db,
  brand: Brand,
  { address, contact, country = brand.country }: { address?: string; contact?: string; country?: string },
): Promise<readonly string[]> {
  if (contact !== undefined && address === undefined) {
    const known = await contactView(db, brand.id, contact);
    if (!known) throw notFound('contact');
    // A contact without a number is a mistake of the request: an answer "stopped" would be untrue for the number of a
    // later order.
    if (known.addresses.length === 0)
      throw invalid([{ pointer: '/contact', detail: 'has no number: send the number to stop as `address`' }]);
    return [...new Set(known.addresses.map((one) => one.address))];
  }
  if (address === undefined || contact !== undefined)
    throw invalid([{ pointer: '', detail: 'must have either `address` or `contact`' }]);
  const phone = parsePhone(address, country);
  if (phone.kind === 'invalid')
    throw invalid([{ pointer: '/address', detail: notTextable(phone.why, address, country, 'country') }]);
  return [phone.e164];
}
