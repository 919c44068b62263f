import { afterAll, beforeAll, expect, it } from 'vitest';
import { confirmConsent, declineConsent } from '../../../commands/consent/answer-question.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it.each([
  ['a yes by text', 'inbound:1', confirmConsent, { confirmed: 2 }],
  ['a yes on the page', 'page', confirmConsent, { confirmed: 2 }],
  ['a no by text', 'inbound:2', declineConsent, { withdrawn: 2 }],
] as const)(
  '%s to a question about consents is on record once, as of the customer',
  async (_name, source, verb, after) => {
    const { contact } = await placedOrder(ledger.db);
    const answered = { brand: brand.id, contact, source, at: NOON, now: NOON };
    const answer = () => ledger.db.transaction((trx) => verb(trx, answered));
    expect(await answer()).toBe(2);
    const entries = await ledger.db('audit_log').where({ subject_id: contact });
    expect(entries).toMatchObject([{ actor: 'customer', action: 'record_consent', after }]);
  },
);

it('a no of a person who has agreed to nothing leaves no entry', async () => {
  const { contact } = await placedOrder(ledger.db, { customer: { consents: [] } });
  const answered = { brand: brand.id, contact, source: 'inbound:3', at: NOON, now: NOON };
  expect(await ledger.db.transaction((trx) => declineConsent(trx, answered))).toBe(0);
  expect(await ledger.db('audit_log').where({ subject_id: contact })).toEqual([]);
});
