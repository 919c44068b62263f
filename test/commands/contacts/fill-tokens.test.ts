import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressTokens } from '../../../db/addresses/address-token.ts';
import { changeSuppression, findSuppression } from '../../../db/consent/suppressions.ts';
import { contactView } from '../../../db/contacts/contacts.ts';
import { WrongSecret, dropFormerMarks, fillTokens } from '../../../commands/contacts/fill-tokens.ts';
import { deriveKeys } from '../../../app/secrets.ts';
import { tokenOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger } from '../../helpers/ledger.ts';

const CUSTOMER = '+393471234567';
const STRANGER = '+393471234568';

let ledger: Ledger;
let contact: string;

/** A customer and a stranger who were stopped, and rows whose tokens the service has not made yet. */
beforeAll(async () => {
  ledger = await openLedger();
  const { owner: db } = ledger;
  const tables = ['addresses', 'suppressions'];
  for (const table of tables) await db.raw(`alter table ${table} drop constraint ${table}_token`);
  contact = randomUUID();
  await db('contacts').insert({ id: contact, brand_id: brand.id, created_at: new Date(NOON) });
  const number = { contact_id: contact, channel: 'sms', address: CUSTOMER, created_at: new Date(NOON) };
  await db('addresses').insert({ brand_id: brand.id, ...number });
  for (const address of [CUSTOMER, STRANGER]) {
    const moments = { occurred_at: new Date(NOON), recorded_at: new Date(NOON) };
    const [{ id }] = await db('suppressions')
      .insert({ brand_id: brand.id, channel: 'sms', state: 'stopped', source: 'test', ...moments })
      .returning('id');
    await db('suppressions_to_fill').insert({ id, address });
  }
  for (const table of tables)
    await db.raw(`alter table ${table} add constraint ${table}_token check (token is not null) not valid`);
});
afterAll(() => ledger.close());

it('what was there before has its token after the service has started, and the number of a stranger is gone', async () => {
  const { owner: db } = ledger;
  await fillTokens(db, tokenOf);
  expect(await db('addresses').whereNull('token')).toEqual([]);
  for (const address of [CUSTOMER, STRANGER])
    expect(await findSuppression(db, tokenOf, brand.id, address)).toMatchObject({ stoppedAt: NOON });
  expect(await db('suppressions_to_fill')).toEqual([]);
  expect(JSON.stringify(await db('suppressions'))).not.toContain(STRANGER.slice(1));
  expect((await contactView(db, brand.id, contact))?.addresses).toMatchObject([{ suppressed: true }]);
});

it('starting again, or twice at once, changes nothing', async () => {
  const { owner: db } = ledger;
  const before = await db('suppressions').orderBy('id');
  await Promise.all([fillTokens(db, tokenOf), fillTokens(db, tokenOf)]);
  expect(await db('suppressions').orderBy('id')).toEqual(before);
});

it('another secret than before, which would forget every STOP, is refused at the start', async () => {
  const { owner: db } = ledger;
  const another = addressTokens(deriveKeys(['another secret, of thirty-two characters']).addresses);
  const before = await db('addresses').orderBy('id');
  await expect(fillTokens(db, another)).rejects.toThrow(/DOPO_SECRET is not the one/);
  expect(await db('addresses').orderBy('id')).toEqual(before);
});

it('suppressions are still only ever added to', async () => {
  await expect(ledger.owner('suppressions').update({ state: 'lifted' })).rejects.toThrow(/append-only/);
  await expect(ledger.owner('suppressions').update({ token: tokenOf(brand.id, STRANGER) })).rejects.toThrow(
    /append-only/,
  );
  await expect(ledger.owner('suppressions').delete()).rejects.toThrow(/append-only/);
});

it('a database of imported opt-outs alone is never used without a secret that made them, until no token needs it', async () => {
  const fresh = await openLedger();
  const keyOf = (name: string): Buffer => deriveKeys([name.repeat(40)]).addresses[0];
  const [former, newer, wrong] = [keyOf('a'), keyOf('b'), keyOf('c')];
  try {
    const before = addressTokens([former]);
    await fillTokens(fresh.db, before);
    const stop = { brand: brand.id, address: STRANGER, state: 'stopped', source: 'import', at: NOON } as const;
    await changeSuppression(fresh.db, before, stop, NOON);
    for (const keys of [[wrong], [newer], [newer, wrong]] as const)
      await expect(fillTokens(fresh.db, addressTokens([...keys] as [Buffer, ...Buffer[]]))).rejects.toThrow(
        WrongSecret,
      );
    const both = addressTokens([newer, former]);
    await fillTokens(fresh.db, both);
    expect(await findSuppression(fresh.db, both, brand.id, STRANGER)).toMatchObject({ stoppedAt: NOON });
    await expect(fillTokens(fresh.db, addressTokens([newer]))).rejects.toThrow(WrongSecret);
    await dropFormerMarks(fresh.db, both);
    await expect(fillTokens(fresh.db, addressTokens([newer]))).resolves.toBeUndefined();
  } finally {
    await fresh.close();
  }
});
