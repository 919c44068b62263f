import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../db/connection/connect.ts';
import { GRANTS } from '../../../db/schema/grants.ts';
import { migrateLatest, scramVerifier } from '../../../db/schema/migrate.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { brand, openLedger } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** Views too. A month is reached through its table alone. */
const tables = (): Promise<string[]> =>
  ledger
    .owner('pg_class')
    .whereRaw("relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition")
    .whereNot('relname', 'like', 'knex%')
    .whereRaw("not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'e')")
    .orderByRaw('relname::text collate "C"')
    .pluck('relname');

describe('the rights of the service', () => {
  it('are said for every table, and for no other', async () => {
    expect(Object.keys(GRANTS).toSorted()).toEqual(await tables());
  });

  it('name columns that there are', async () => {
    const { rows } = await ledger.owner.raw<{ rows: { column: string }[] }>(
      `select table_name || '.' || column_name as column from information_schema.columns where table_schema = 'public'`,
    );
    const known = rows.map(({ column }) => column);
    const named = Object.entries(GRANTS).flatMap(([table, { update }]) =>
      update === undefined || update === 'all'
        ? []
        : ('only' in update ? update.only : update.allBut).map((column) => `${table}.${column}`),
    );
    expect(named.filter((column) => !known.includes(column))).toEqual([]);
  });

  it('come again with a migration, and what is not listed any more is gone', async () => {
    const role = new URL(ledger.url).username;
    await ledger.owner.raw('grant update, truncate on audit_log to ??', [role]);
    await migrateLatest({ databaseUrl: ledger.url, migrationUrl: ledger.migrationUrl });
    await expect(ledger.db('audit_log').update({ actor: 'x' })).rejects.toThrow('permission denied');
    await expect(ledger.db.raw('truncate audit_log')).rejects.toThrow('permission denied');
  });
});

describe('a process that is not the owner', () => {
  it('finds the newest schema and starts; it never makes one', async () => {
    await migrateLatest({ databaseUrl: ledger.url });
    await expect(ledger.db.raw('create table mine (id int)')).rejects.toThrow('permission denied');
  });

  it('waits until another process has migrated', async () => {
    const [last] = await ledger
      .owner('knex_migrations')
      .orderBy('id', 'desc')
      .limit(1)
      .select<{ id: number; name: string }[]>();
    await ledger.owner('knex_migrations').where({ id: last?.id }).delete();
    let started = false;
    const waiting = migrateLatest({ databaseUrl: ledger.url }).then(() => (started = true));
    // Longer than it takes to look once.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(started).toBe(false);
    await ledger.owner('knex_migrations').insert(last);
    await waiting;
  });
});

describe('the role of the service', () => {
  it('that may do what the owner may is refused', async () => {
    const other = new URL(ledger.url);
    other.username = 'too_mighty';
    await ledger.owner.raw("create role too_mighty login password 'x' superuser");
    await expect(migrateLatest({ databaseUrl: other.href, migrationUrl: ledger.migrationUrl })).rejects.toThrow(
      'too_mighty',
    );
    await ledger.owner.raw('drop role too_mighty');
  });

  it('is made with its password, which stands in no statement', async () => {
    const other = new URL(ledger.url);
    Object.assign(other, { username: 'made_here', password: 'p%40ss' });
    await migrateLatest({ databaseUrl: other.href, migrationUrl: ledger.migrationUrl });
    const made = connect(other.href, { poolMax: 1 });
    expect(await made('brands').pluck('id')).toEqual([brand.id]);
    await made.destroy();
    await ledger.owner.raw('drop owned by made_here; drop role made_here');
  });

  it('has a SCRAM secret as PostgreSQL makes one', () => {
    // Of PostgreSQL 18: create role r password 'secret', with this salt.
    const salt = Buffer.from('QSXCR+Q6sek8bf92', 'base64');
    expect(scramVerifier('pencil', salt)).toMatch(
      /^SCRAM-SHA-256\$4096:QSXCR\+Q6sek8bf92\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/,
    );
  });
});
