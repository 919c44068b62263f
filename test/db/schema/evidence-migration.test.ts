import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifyEvidence } from '../../../queries/access/evidence.ts';
import { down, up } from '../../../migrations/20261130060003_evidence.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placed } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeEach(async () => {
  ledger = await openLedger();
  await placed(ledger.owner);
  await ledger.owner.transaction((trx) => down(trx));
});
afterEach(() => ledger.close());

const ENTRY = `insert into audit_log (brand_id, actor, action, subject_kind, subject_id, at)
  select :brand, 'ada', 'pause', 'order', g::text, now() from generate_series(1, :count) g`;
const OTHER = 'altrove';

it('a log from before becomes one chain per brand, and each head is written once, however long it is', async () => {
  const { owner } = ledger;
  await owner('brands').insert({ id: OTHER, settings: JSON.stringify({ id: OTHER }), updated_at: new Date(NOON) });
  for (const one of [brand.id, OTHER, brand.id]) await owner.raw(ENTRY, { brand: one, count: 40 });
  const written = await owner.transaction(async (trx) => {
    await up(trx);
    const { rows } = await trx.raw(
      `select pg_stat_get_xact_tuples_inserted('audit_heads'::regclass)::int as made,
         pg_stat_get_xact_tuples_updated('audit_heads'::regclass)::int as changed`,
    );
    return rows[0];
  });
  expect(written).toEqual({ made: 2, changed: 0 });
  for (const one of [brand.id, OTHER]) {
    await owner.raw(ENTRY, { brand: one, count: 1 });
    expect(await verifyEvidence(owner, one, 'audit')).toMatchObject({ loose: 0, flaws: [] });
  }
  const counted = await owner('audit_chain').where({ brand_id: OTHER }).count({ count: '*' }).first();
  expect(Number(counted?.count)).toBe(41);
});

it('an entry that is written while it migrates is in the chain', async () => {
  const { owner } = ledger;
  const writer = await owner.transaction();
  await writer.raw(ENTRY, { brand: brand.id, count: 1 });
  const going = owner.transaction((trx) => up(trx));
  const waits = "select from pg_locks where relation = 'audit_log'::regclass and not granted";
  await expect.poll(async () => (await writer.raw<{ rowCount: number }>(waits)).rowCount).toBe(1);
  await writer.commit();
  await going;
  expect(await verifyEvidence(owner, brand.id, 'audit')).toMatchObject({ loose: 0, flaws: [] });
});
