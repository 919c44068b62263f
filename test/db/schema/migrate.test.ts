import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateLatest } from '../../../db/schema/migrate.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { openLedger } from '../../helpers/ledger.ts';

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

it('months that cannot be kept are told of and do not keep a service from starting', async () => {
  const { url, migrationUrl, owner } = ledger;
  const { rows } = await owner.raw<{ rows: { made: string }[] }>(
    "select pg_get_functiondef('keep_month(text, timestamptz, int)'::regprocedure) as made",
  );
  await owner.raw(`create or replace function keep_month(of text, first timestamptz, most int) returns text language plpgsql as $$
    begin raise exception unique_violation; end $$`);
  const told: unknown[] = [];
  await migrateLatest({ databaseUrl: url, migrationUrl }, { monthsFailed: (error) => told.push(error) });
  expect(told).toMatchObject([{ code: '23505' }]);
  await owner.raw(rows[0]?.made ?? '');
  await migrateLatest({ databaseUrl: url, migrationUrl }, { monthsFailed: (error) => told.push(error) });
  expect(told).toHaveLength(1);
});

it('a service that may not look yet which migrations there are waits for the process that migrates', async () => {
  const { url, migrationUrl, owner } = ledger;
  const role = new URL(url).username;
  await owner.raw('revoke all on knex_migrations, knex_migrations_lock from ??', [role]);
  const waiting = migrateLatest({ databaseUrl: url });
  const migrating = sleep(300).then(() => migrateLatest({ databaseUrl: url, migrationUrl }));
  expect(await Promise.allSettled([waiting, migrating])).toMatchObject([
    { status: 'fulfilled' },
    { status: 'fulfilled' },
  ]);
});

it('a wrong password is said to be one, of the setting that has it, and is not waited for like a missing migration', async () => {
  const wrong = (address: string): string => Object.assign(new URL(address), { password: 'not-the-password' }).href;
  const { url, migrationUrl } = ledger;
  await expect(migrateLatest({ databaseUrl: wrong(url) })).rejects.toThrow(
    /DATABASE_URL: PostgreSQL refuses this role or its password \(28\w{3}\)/,
  );
  await expect(migrateLatest({ databaseUrl: url, migrationUrl: wrong(migrationUrl) })).rejects.toThrow(
    /DATABASE_MIGRATION_URL: PostgreSQL refuses this role or its password \(28\w{3}\)/,
  );
});

it('a migration that gets no lock says which table it waited for and who keeps it, and can be run again', async () => {
  const { url: databaseUrl, migrationUrl, owner } = ledger;
  await owner.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: { pid: number }[] }>('select pg_backend_pid() as pid');
    await trx.raw('lock table knex_migrations in access exclusive mode');
    await expect(migrateLatest({ databaseUrl, migrationUrl }, { mostForATable: 800 })).rejects.toThrow(
      new RegExp(`waited 0.8 s for table knex_migrations, which process ${rows[0]?.pid} .*it can be run again`),
    );
  });
  await migrateLatest({ databaseUrl, migrationUrl }, { mostForATable: 800 });
});

it('a process that finds another one migrating waits for as long as that takes', async () => {
  const { url: databaseUrl, migrationUrl, owner } = ledger;
  await owner.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(7165001)');
    const second = migrateLatest({ databaseUrl, migrationUrl }, { mostForATable: 100 });
    expect(await Promise.race([second.then(() => 'ended'), sleep(600).then(() => 'waits')])).toBe('waits');
    await trx.commit();
    await second;
  });
});

it('a database of another version is refused with the reason, by the owner and by the service, and nothing of it is changed', async () => {
  const { url: databaseUrl, migrationUrl, owner } = ledger;
  const known: string[] = await owner('knex_migrations').orderBy('id').pluck('name');
  const rename = (name: string): Promise<number> => owner('knex_migrations').where({ id: 1 }).update({ name });
  for (const [name, reason] of [
    ['20261122000001_brands.ts', 'before its first release'],
    ['20991231000001_brands.ts', 'by a newer version'],
  ] as const) {
    await rename(name);
    const refusal = new RegExp(`${name.slice(0, -3)}.*${reason}.*nothing was changed`);
    await expect(migrateLatest({ databaseUrl, migrationUrl })).rejects.toThrow(refusal);
    await expect(migrateLatest({ databaseUrl })).rejects.toThrow(refusal);
    expect(await owner('knex_migrations').orderBy('id').pluck('name')).toEqual([name, ...known.slice(1)]);
  }
  await rename(known[0] ?? '');
  await migrateLatest({ databaseUrl, migrationUrl });
});
