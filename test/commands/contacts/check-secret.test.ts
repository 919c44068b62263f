import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressTokens } from '../../../db/addresses/store.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { WrongSecret, dropFormerMarks, checkSecret } from '../../../commands/contacts/check-secret.ts';
import { deriveKeys } from '../../../app/secrets.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';

const STRANGER = '+393471234568';

let ledger: Ledger;

beforeAll(async () => {
  ledger = await openLedger();
  await checkSecret(storeOf(ledger.db));
});
afterAll(() => ledger.close());

it('starting again, or twice at once, changes nothing', async () => {
  const { db } = ledger;
  await placedOrder(db);
  const before = await db('secret_marks');
  await Promise.all([checkSecret(storeOf(db)), checkSecret(storeOf(db))]);
  expect(before).toHaveLength(1);
  expect(await db('secret_marks')).toEqual(before);
});

it('another secret than before, which would forget every STOP, is refused at the start', async () => {
  const { db } = ledger;
  const another = addressTokens(deriveKeys(['another secret, of thirty-two characters']).addresses);
  const before = await db('addresses').orderBy('id');
  await expect(checkSecret(storeOf(db, another))).rejects.toThrow(/DOPO_SECRET is not the one/);
  expect(await db('addresses').orderBy('id')).toEqual(before);
});

it('suppressions are only ever added to', async () => {
  const stop = { brand: brand.id, address: STRANGER, state: 'stopped', source: 'test', at: NOON } as const;
  await changeSuppression(storeOf(ledger.db), stop, NOON);
  for (const change of [{ state: 'lifted' }, { token: Buffer.from('another') }])
    await expect(ledger.owner('suppressions').update(change)).rejects.toThrow(/append-only/);
  await expect(ledger.owner('suppressions').delete()).rejects.toThrow(/append-only/);
});

it('a database of imported opt-outs alone is never used without a secret that made them, until no token needs it', async () => {
  const fresh = await openLedger();
  const keyOf = (name: string): Buffer => deriveKeys([name.repeat(40)]).addresses[0];
  const [former, newer, wrong] = [keyOf('a'), keyOf('b'), keyOf('c')];
  try {
    const before = addressTokens([former]);
    await checkSecret(storeOf(fresh.db, before));
    const stop = { brand: brand.id, address: STRANGER, state: 'stopped', source: 'import', at: NOON } as const;
    await changeSuppression(storeOf(fresh.db, before), stop, NOON);
    for (const keys of [[wrong], [newer], [newer, wrong]] as const)
      await expect(checkSecret(storeOf(fresh.db, addressTokens([...keys] as [Buffer, ...Buffer[]])))).rejects.toThrow(
        WrongSecret,
      );
    const both = addressTokens([newer, former]);
    await checkSecret(storeOf(fresh.db, both));
    expect(await findSuppression(storeOf(fresh.db, both), brand.id, STRANGER)).toMatchObject({ stoppedAt: NOON });
    await expect(checkSecret(storeOf(fresh.db, addressTokens([newer])))).rejects.toThrow(WrongSecret);
    await dropFormerMarks(storeOf(fresh.db, both));
    await expect(checkSecret(storeOf(fresh.db, addressTokens([newer])))).resolves.toBeUndefined();
  } finally {
    await fresh.close();
  }
});
