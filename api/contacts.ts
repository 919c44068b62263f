/** People: what they agreed to, and numbers that must not be texted. */
import type { Db } from '../db/connect.ts';
import { changeSuppression, contactView, recordConsents } from '../db/contacts.ts';
import type { Brand } from '../domain/brand.ts';
import { parsePhone } from '../domain/phone.ts';
import { consentAnswer, contactAnswer, optOutAnswer } from './answers.ts';
import type { AppDeps } from './deps.ts';
import { invalid, notFound } from './problem.ts';
import { pastErrors } from './read-order.ts';
import type { Route } from './route.ts';
import { brandRoute } from './route.ts';
import { consentBody, contactId, optOutBody } from './schemas.ts';

export function contactRoutes({ db }: AppDeps): readonly Route[] {
  const ofContact = { id: contactId, subject: 'contact', problems: ['not_found'] } as const;
  return [
    brandRoute({
      ...ofContact,
      method: 'get',
      path: '/v1/contacts/:id',
      summary: 'A contact with addresses, every consent given or withdrawn, and orders.',
      answers: { 200: { description: 'The contact', schema: contactAnswer } },
      handle: async ({ brand, id }) => {
        const contact = await contactView(db, brand.id, id);
        if (!contact) throw notFound('contact');
        return { status: 200, body: contact };
      },
    }),
    brandRoute({
      ...ofContact,
      method: 'post',
      path: '/v1/contacts/:id/consents',
      summary: 'Adds a consent or its withdrawal. The last word per class counts, at once.',
      body: consentBody,
      answers: { 201: { description: 'Recorded', schema: consentAnswer } },
      handle: async ({ brand, id, body, now }) => {
        const errors = pastErrors('/at', body.at, now);
        if (errors.length > 0) throw invalid(errors);
        if (!(await contactView(db, brand.id, id))) throw notFound('contact');
        await recordConsents(db, brand.id, id, [body], now);
        return { status: 201, body: { contact: id, class: body.class, state: body.state } };
      },
    }),
    brandRoute({
      method: 'post',
      path: '/v1/opt-outs',
      summary: 'Stops every message to a number, known or not, or to all numbers of a contact; or lifts the stop.',
      body: optOutBody,
      answers: { 201: { description: 'In force', schema: optOutAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, body, now }) => {
        const { source, state, at = now } = body;
        const errors = pastErrors('/at', at, now);
        if (errors.length > 0) throw invalid(errors);
        const addresses = await addressesOf(db, brand, body);
        await db.transaction(async (trx) => {
          for (const address of addresses)
            await changeSuppression(trx, { brand: brand.id, address, state, source, at }, now);
        });
        return { status: 201, body: { addresses, state } };
      },
    }),
  ];
}

async function addressesOf(
  db: Db,
  brand: Brand,
  { address, contact }: { address?: string; contact?: string },
): Promise<readonly string[]> {
  if (contact !== undefined && address === undefined) {
    const known = await contactView(db, brand.id, contact);
    if (!known) throw notFound('contact');
    // Nothing to stop now must not read as stopped for ever: a number may come with the next order.
    if (known.addresses.length === 0)
      throw invalid([{ pointer: '/contact', detail: 'has no address: name the number to stop' }]);
    return known.addresses.map((one) => one.address);
  }
  if (address === undefined || contact !== undefined)
    throw invalid([{ pointer: '', detail: 'give either an address or a contact' }]);
  const phone = parsePhone(address, brand.country);
  if (phone.kind === 'invalid') throw invalid([{ pointer: '/address', detail: `cannot be texted: ${phone.why}` }]);
  return [phone.e164];
}
