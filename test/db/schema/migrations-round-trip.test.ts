import { readdirSync } from 'node:fs';
import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateLatest } from '../../../db/schema/migrate.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { openLedger } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('migrations that go back leave nothing of theirs, and make the same schema when they come again', async () => {
  const { owner, url: databaseUrl, migrationUrl } = ledger;
  const before = await schemaOf(owner);
  expect(before.length).toBeGreaterThan(500);
  const migrations = await allMigrations();
  for (const { down } of migrations.toReversed()) await owner.transaction((trx) => down(trx));
  const left = await owner('pg_class')
    .whereRaw("relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S') and relname not like 'knex%'")
    .whereRaw("not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'e')")
    .pluck('relname');
  expect(left).toEqual([]);
  for (const { up } of migrations) await owner.transaction((trx) => up(trx));
  // The months to come, the triggers against truncate and the grants are not a migration's.
  await migrateLatest({ databaseUrl, migrationUrl });
  expect(await schemaOf(owner)).toEqual(before);
});

/**
 * A line for each column, constraint, index, trigger, function and privilege. Tables of single months are left out: another month may have begun
 * since the database was made.
 */
async function schemaOf(db: Knex): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { line: string }[] }>(
    `with t as (select oid, relname, relacl from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and relname not like 'knex%'
          and relname !~ '_[0-9]{4}_[0-9]{2}$')
      select concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
          pg_get_expr(adbin, adrelid)) as line
        from t join pg_attribute a on a.attrelid = t.oid and attnum > 0 and not attisdropped
          left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
      union all select concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(k.oid)) from t join pg_constraint k on conrelid = t.oid
      union all select pg_get_indexdef(indexrelid) from t join pg_index i on i.indrelid = t.oid
      union all select pg_get_triggerdef(g.oid) from t join pg_trigger g on tgrelid = t.oid where not tgisinternal
      union all select concat_ws(' ', relname, relacl::text) from t
      union all select pg_get_functiondef(p.oid) from pg_proc p where pronamespace = 'public'::regnamespace and prokind = 'f'
      order by 1`,
  );
  return rows.map(({ line }) => line);
}

interface Migration {
  up(trx: Knex.Transaction): Promise<void>;
  down(trx: Knex.Transaction): Promise<void>;
}

async function allMigrations(): Promise<Migration[]> {
  const folder = new URL('../../../migrations/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  return Promise.all(files.toSorted().map((file) => import(new URL(file, folder).href) as Promise<Migration>));
}
