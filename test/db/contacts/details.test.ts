import { afterAll, beforeAll, expect, it } from 'vitest';
import { residences } from '../../../db/contacts/details.ts';
import type { Residence } from '../../../domain/privacy/retention.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** The answer of a look at every contact. */
async function lived(): Promise<Residence[]> {
  const { rows } = await ledger.db.raw<{
    rows: { country: string | null; region: string | null; numbers: string[] }[];
  }>(
    `select distinct c.country, c.region, array(select distinct a.country from addresses a
       where a.contact_id = c.id and a.country is not null order by 1) as numbers from contacts c`,
  );
  return rows.map(({ country, region, numbers }) => {
    return { numbers, ...(country !== null && { country }), ...(region !== null && { region }) };
  });
}

it('where people live is known without a look at them, also after they have moved, changed their number or were erased', async () => {
  const { db } = ledger;
  const phone = (e164: string, country: string) => ({ customer: { phone: { e164, country } } });
  const one = await placedOrder(db, { place: { country: 'IT', region: 'MI' } });
  await placedOrder(db, { place: { country: 'US', region: 'CA' }, ...phone('+12025550143', 'US') });
  await placedOrder(db, { place: { country: 'FR' }, customer: { phone: undefined } });
  expect(await residences(db)).toEqual(expect.arrayContaining(await lived()));
  await db('contacts').where({ id: one.contact }).update({ country: 'DE', region: null });
  expect(await residences(db)).toEqual(expect.arrayContaining(await lived()));
  await db('addresses').where({ contact_id: one.contact }).update({ country: 'AT' });
  expect(await residences(db)).toEqual(expect.arrayContaining(await lived()));
  await db('addresses').where({ contact_id: one.contact }).delete();
  expect(await residences(db)).toEqual(expect.arrayContaining(await lived()));
  expect(await residences(db)).toContainEqual({ country: 'DE', numbers: [] });
});

it('many people of one place are one row', async () => {
  const { db } = ledger;
  await placedOrder(db, { place: { country: 'ES', region: 'B' } });
  const before = await residences(db);
  await placedOrder(db, { place: { country: 'ES', region: 'B' } });
  expect(await residences(db)).toHaveLength(before.length);
});
