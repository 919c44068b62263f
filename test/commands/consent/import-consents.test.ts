import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import type { ImportLine } from '../../../commands/consent/import-consents.ts';
import { importConsents } from '../../../commands/consent/import-consents.ts';
import { parsePhone } from '../../../domain/contacts/phone.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const importing = { brand: brand.id, actor: 'test', leeway: 0 };
const line = (phone: string, overrides: Partial<ImportLine> = {}): ImportLine => ({
  ...consentTo('promotional', { evidence: { note: 'form 7' } }),
  phone: parsePhone(phone),
  ...overrides,
});
const entriesOf = (contact: string) => ledger.db('consents').where({ contact_id: contact });

it('a file that is imported twice at once is recorded once', async () => {
  const { db } = ledger;
  const file = Array.from({ length: 40 }, (_, index) => line(`+3933351000${10 + index}`));
  await importConsents(storeOf(db), importing, file, NOON);
  const later = file.map((one) => ({ ...one, at: one.at + 1 }));
  const all = await Promise.all([1, 2, 3, 4].map(() => importConsents(storeOf(db), importing, later, NOON)));
  for (const [index] of file.entries()) {
    const results = all.map((results) => results[index]);
    expect(results.filter((result) => result?.status === 'recorded')).toHaveLength(1);
    const [result] = results;
    expect(await entriesOf(result && 'contact' in result ? result.contact : '')).toHaveLength(2);
  }
});

it('no line opens a stopped number again that has no contact', async () => {
  const { db } = ledger;
  const address = '+393335200001';
  await changeSuppression(
    storeOf(db),
    { brand: brand.id, address, state: 'stopped', source: 'erasure', at: NOON },
    NOON,
  );
  for (const action of ['granted', 'withdrawn'] as const)
    expect(await importConsents(storeOf(db), importing, [line(address, { action })], NOON)).toEqual([
      { status: 'refused', why: 'suppressed' },
    ]);
  expect(await db('addresses').where({ address })).toEqual([]);
});
