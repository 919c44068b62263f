/** Consents that come with an order, of a customer with several numbers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ledger } from '../../helpers/ledger.ts';
import { consentTo, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const given = (action: 'granted' | 'withdrawn') => [consentTo('promotional', { action })];
const saidBy = (contact: string) =>
  ledger.db('consents').where({ contact_id: contact }).orderBy('seq').pluck<string[]>('action');

it('a yes with one number never counts for another number of the same customer id, and a no does', async () => {
  const first = await placedOrder(ledger.db, { customer: { id: 'twice', consents: [] } });
  const second = await placedOrder(ledger.db, { customer: { id: 'twice', consents: given('granted') } });
  expect(second.contact).not.toBe(first.contact);
  expect(await saidBy(first.contact)).toEqual([]);
  const third = await placedOrder(ledger.db, { customer: { id: 'twice', consents: given('withdrawn') } });
  expect(await saidBy(first.contact)).toEqual(['withdrawn']);
  expect(await saidBy(second.contact)).toEqual(['granted', 'withdrawn']);
  expect(await saidBy(third.contact)).toEqual(['withdrawn']);
});

it('a yes never goes along with the no that came with it', async () => {
  const first = await placedOrder(ledger.db, { customer: { id: 'both', consents: [] } });
  const yes = consentTo('service_feedback');
  await placedOrder(ledger.db, { customer: { id: 'both', consents: [...given('withdrawn'), yes] } });
  expect(await saidBy(first.contact)).toEqual(['withdrawn']);
});

it('a no never counts for a customer of another id, or of none', async () => {
  const [other, without] = [
    await placedOrder(ledger.db, { customer: { id: 'another', consents: [] } }),
    await placedOrder(ledger.db, { customer: { id: undefined, consents: [] } }),
  ];
  await placedOrder(ledger.db, { customer: { id: 'refuser', consents: given('withdrawn') } });
  await placedOrder(ledger.db, { customer: { id: undefined, consents: given('withdrawn') } });
  expect([await saidBy(other.contact), await saidBy(without.contact)]).toEqual([[], []]);
});
