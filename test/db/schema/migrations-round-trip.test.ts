import { readdirSync } from 'node:fs';
import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyLedger } from '../../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../../db/consent/consents.ts';
import { changeSuppression, findSuppression } from '../../../db/consent/suppressions.ts';
import { fillTokens } from '../../../commands/contacts/fill-tokens.ts';
import { closeOrders, removeData, suppressNumbersOf } from '../../../commands/privacy/erase.ts';
import { requestErasure } from '../../../commands/privacy/erasures.ts';
import { tokenOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, placed, planned, submitted } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('a database with everything in it goes back and forth, and no STOP is lost, not even of an erased person', async () => {
  // The migrations run as the owner of the tables.
  const { owner: db } = ledger;
  const erased = await placed(db);
  await submitted(db, await planned(db, erased));
  await requestErasure(db, tokenOf, { brand: brand.id, contact: erased.contact, actor: 'test', source: 'api' }, NOON);
  await db.transaction((trx) => suppressNumbersOf(trx, tokenOf, erased, NOON));
  await closeOrders(db, erased, NOON);
  await db.transaction((trx) => removeData(trx, erased, Infinity, NOON));
  const stopped = await placed(db);
  await planned(db, stopped);
  await changeSuppression(
    db,
    tokenOf,
    { brand: brand.id, address: stopped.phone, state: 'stopped', source: 'test', at: NOON },
    NOON,
  );
  await recordConsents(
    db,
    brand.id,
    stopped.contact,
    [
      consentTo('promotional', { night: true, evidence: { note: 'x' } }),
      { ...consentTo('promotional'), action: 'confirmed' },
    ],
    NOON,
  );
  await db('preferences').insert({
    contact_id: stopped.contact,
    brand_id: brand.id,
    topics_off: ['tips'],
    updated_at: new Date(NOON),
  });
  await db('cases').insert({
    brand_id: brand.id,
    contact_id: stopped.contact,
    kind: 'unclear_opt_out',
    holds_promotions: true,
    opened_at: new Date(NOON),
    cause: 'c',
  });

  const steps = await migrationsSince('20261122000011_consents.ts');
  for (const { down } of steps.toReversed()) await db.transaction((trx) => down(trx));
  for (const { up } of steps) await db.transaction((trx) => up(trx));
  await fillTokens(db, tokenOf);
  for (const { phone } of [erased, stopped]) expect(await findSuppression(db, tokenOf, brand.id, phone)).toBeDefined();
  expect(await verifyLedger(db)).toMatchObject({ broken: [] });
});

interface Migration {
  up(trx: Knex.Transaction): Promise<void>;
  down(trx: Knex.Transaction): Promise<void>;
}

/** This one and all that came after it, oldest first. */
async function migrationsSince(first: string): Promise<Migration[]> {
  const folder = new URL('../../../migrations/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file >= first);
  return Promise.all(files.toSorted().map((file) => import(new URL(file, folder).href) as Promise<Migration>));
}
