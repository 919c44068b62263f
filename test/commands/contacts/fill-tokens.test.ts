import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressTokens } from '../../../db/addresses/address-token.ts';
import { verifyLedger } from '../../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../../db/consent/consents.ts';
import { changeSuppression, findSuppression } from '../../../db/consent/suppressions.ts';
import { contactView } from '../../../db/contacts/contacts.ts';
import { WrongSecret, dropFormerMarks, fillTokens } from '../../../commands/contacts/fill-tokens.ts';
import { deriveKeys } from '../../../app/secrets.ts';
import { tokenOf } from '../../helpers/keys.ts';
import { migrationsFrom } from '../../helpers/migrations.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, placed } from '../../helpers/ledger.ts';

const CUSTOMER = '+393471234567';
const STRANGER = '+393471234568';

let ledger: Ledger;
let contact: string;

/** A database as it was before there were tokens and chains: a customer with a consent, a STOP of theirs and one of a stranger. */
beforeAll(async () => {
  ledger = await openLedger();
  const { owner: db } = ledger;
  const { down, up } = await migrationsFrom('20261122000011');
  await down(db);
  contact = randomUUID();
  const moments = { occurred_at: new Date(NOON), recorded_at: new Date(NOON) };
  await db('contacts').insert({ id: contact, brand_id: brand.id, created_at: new Date(NOON) });
  const used = { created_at: new Date(NOON), last_used_at: new Date(NOON) };
  await db('addresses').insert({ brand_id: brand.id, contact_id: contact, channel: 'sms', address: CUSTOMER, ...used });
  const about = { brand_id: brand.id, contact_id: contact, channel: 'sms', class: 'promotional', basis: 'express' };
  const words = { wording: 'Sì, scrivetemi "tutto".', source: 'checkout' };
  await db('consents').insert({ ...about, ...words, ...moments, state: 'granted', evidence: 'form 7, riga "3"\n' });
  await db('consents').insert({ ...about, ...words, ...moments, state: 'withdrawn' });
  for (const address of [CUSTOMER, STRANGER])
    await db('suppressions').insert({
      brand_id: brand.id,
      channel: 'sms',
      address,
      state: 'stopped',
      source: 'test',
      ...moments,
    });
  await up(db);
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

it('consents of before are chained with what comes after, their evidence with them', async () => {
  const { owner: db } = ledger;
  await recordConsents(db, brand.id, contact, [consentTo('promotional')], NOON);
  expect(await verifyLedger(db)).toEqual({ contacts: 1, entries: 3, broken: [] });
  expect(await db('consent_evidence').where({ contact_id: contact })).toMatchObject([
    { evidence: { note: 'form 7, riga "3"\n' } },
  ]);
});

it('suppressions are still only ever added to', async () => {
  await expect(ledger.owner('suppressions').update({ state: 'lifted' })).rejects.toThrow(/append-only/);
  await expect(ledger.owner('suppressions').update({ token: tokenOf(brand.id, STRANGER) })).rejects.toThrow(
    /append-only/,
  );
  await expect(ledger.owner('suppressions').delete()).rejects.toThrow(/append-only/);
});

it('going back and forth loses no STOP, not even of a number that is known by its token alone', async () => {
  const { owner: db } = ledger;
  const { phone } = await placed(db);
  const stop = { brand: brand.id, address: phone, state: 'stopped', source: 'test', at: NOON } as const;
  await changeSuppression(db, tokenOf, stop, NOON);
  const { down, up } = await migrationsFrom('20261122000011');
  await down(db);
  await up(db);
  await fillTokens(db, tokenOf);
  for (const address of [CUSTOMER, STRANGER, phone])
    expect(await findSuppression(db, tokenOf, brand.id, address)).toBeDefined();
  expect(await verifyLedger(db)).toMatchObject({ broken: [] });
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
