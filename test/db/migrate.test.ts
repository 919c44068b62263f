import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateLatest } from '../../db/migrate.ts';
import type { Ledger } from '../helpers/ledger.ts';
import { openLedger } from '../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('a process that was killed while it migrated does not keep the next from starting', async () => {
  await ledger.owner('knex_migrations_lock').update({ is_locked: 1 });
  await migrateLatest({ databaseUrl: ledger.url, migrationUrl: ledger.migrationUrl });
  expect(await ledger.db('knex_migrations_lock').pluck('is_locked')).toEqual([0]);
});
