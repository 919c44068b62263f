import type { Knex } from 'knex';

interface Table {
  readonly name: 'decisions' | 'statuses';
  /** Says which month is a row's. */
  readonly key: string;
  readonly foreignKeys: readonly string[];
  /** Indexes that the key makes needless, as they are made. */
  readonly needless: readonly { readonly name: string; readonly sql: string }[];
}

const TABLES: readonly Table[] = [
  {
    name: 'decisions',
    key: 'decided_at',
    foreignKeys: [
      'foreign key (brand_id) references brands',
      'foreign key (brand_id, order_id) references orders (brand_id, id)',
      'foreign key (brand_id, contact_id) references contacts (brand_id, id)',
    ],
    needless: [
      { name: 'decisions_by_time', sql: 'create index decisions_by_time on decisions using brin (decided_at)' },
    ],
  },
  { name: 'statuses', key: 'occurred_at', foreignKeys: ['foreign key (attempt_id) references attempts'], needless: [] },
];

/**
 * Old rows are dropped by the month, not deleted. `decisions` and `statuses` hold the months that statements of a message look at, and
 * `past_decisions` and `past_statuses` the months before: a plan has a part for each month, and five years would be 61. Views have both.
 * The two tables of a pair have the same columns and indexes: a later migration changes both and the view.
 *
 * No row is copied. The table as it was becomes the first part: 6 s for a million rows of each, most of it for the new key. A partition
 * without foreign keys is dropped without a lock on orders, contacts and attempts.
 */
export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES) await split(knex, table);
  await knex.raw(`
    create index decisions_held on decisions (decided_at) where outcome <> 'send';
    create index past_decisions_held on past_decisions (decided_at) where outcome <> 'send';
    -- Attempts are deleted row by row: an index of block ranges decays when new rows come to stand where old ones were.
    drop index attempts_by_time;
    create index attempts_by_time on attempts (submitted_at);
    ${FUNCTIONS}
    select keep_months(clock_timestamp());
  `);
  for (const { name, key } of TABLES)
    await knex.raw(`
      create trigger remove_row instead of delete on all_${name} for each row execute function remove_${name === 'decisions' ? 'decision' : 'status'}();
      comment on table ${name} is 'months by ${key}; past_${name} has the ones before';
    `);
}

async function split(knex: Knex, { name, key, needless }: Table): Promise<void> {
  const before = `${name}_before`;
  for (const one of await constraintsOf(knex, name, 'f'))
    await knex.raw(`alter table ${name} drop constraint ??`, [one.name]);
  for (const one of needless) await knex.raw(`drop index ${one.name}`);
  const [primary] = await constraintsOf(knex, name, 'p');
  if (primary) await knex.raw(`alter table ${name} drop constraint ??`, [primary.name]);
  const [unique, indexes] = [await constraintsOf(knex, name, 'u'), await indexesOf(knex, name)];
  for (const one of unique)
    await knex.raw(`alter table ${name} rename constraint ?? to ??`, [one.name, `${one.name}_before`]);
  for (const one of indexes) await knex.raw('alter index ?? rename to ??', [one.name, `${one.name}_before`]);
  const { rows } = await knex.raw<{ rows: { next: number; ends: string; rows: boolean; usual: boolean }[] }>(
    `select coalesce(max(id), 0) + 1 as next, count(*) > 0 as rows,
        ((date_trunc('month', greatest(max(${key}), clock_timestamp()) at time zone 'UTC') + interval '1 month') at time zone 'UTC')::text as ends,
        coalesce(max(${key}) < clock_timestamp() + interval '1 month', true) as usual from ${name}`,
  );
  const { next = 1, ends = '', rows: hasRows = false, usual = true } = rows[0] ?? {};
  await knex.raw(`
    alter table ${name} alter id drop identity;
    alter table ${name} rename to ${before};
    create table ${name} (like ${before} including defaults including constraints, primary key (${key}, id)) partition by range (${key});
    alter table ${name} alter id add generated always as identity (start ${next});
  `);
  for (const one of unique) await knex.raw(`alter table ${name} add constraint ?? ${one.sql}`, [one.name]);
  for (const one of indexes) await knex.raw(one.sql);
  await knex.raw(`
    create table past_${name} (like ${name} including defaults including constraints including indexes) partition by range (${key});
  `);
  if (hasRows) await knex.raw(`alter table ${before} add primary key (${key}, id)`);
  if (!hasRows) await knex.raw(`drop table ${before}`);
  // With rows of a far future there are no months until then: all is in the part that takes what belongs to no month.
  if (hasRows && !usual) await knex.raw(`alter table ${name} attach partition ${before} default`);
  else await knex.raw(`create table ${name}_default partition of ${name} default`);
  if (hasRows && usual)
    await knex.raw(`
      alter table ${before} add constraint ${before}_until check (${key} < '${ends}');
      alter table ${name} attach partition ${before} for values from (minvalue) to ('${ends}');
    `);
  const columns = (await columnsOf(knex, name)).join(', ');
  await knex.raw(
    `create view all_${name} as select ${columns} from ${name} union all select ${columns} from past_${name}`,
  );
}

interface Named {
  readonly name: string;
  readonly sql: string;
}

async function constraintsOf(knex: Knex, table: string, type: 'f' | 'p' | 'u'): Promise<Named[]> {
  const { rows } = await knex.raw<{ rows: Named[] }>(
    'select conname as name, pg_get_constraintdef(oid) as sql from pg_constraint where conrelid = cast(? as regclass) and contype = ? order by conname',
    [table, type],
  );
  return rows;
}

/** Of no constraint. */
async function indexesOf(knex: Knex, table: string): Promise<Named[]> {
  const { rows } = await knex.raw<{ rows: Named[] }>(
    `select c.relname as name, replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') as sql from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = cast(? as regclass) and not exists (select from pg_constraint k where k.conindid = c.oid) order by c.relname`,
    [table],
  );
  return rows;
}

async function columnsOf(knex: Knex, table: string): Promise<string[]> {
  const { rows } = await knex.raw<{ rows: { name: string }[] }>(
    'select attname::text as name from pg_attribute where attrelid = cast(? as regclass) and attnum > 0 and not attisdropped order by attnum',
    [table],
  );
  return rows.map(({ name }) => name);
}

/** The end of partition `c`; null: it takes what belongs to no month. */
const END = `cast(substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [(]''([^'']+)''[)]') as timestamptz)`;

const FUNCTIONS = `
  -- Makes the months that are to come, and moves those behind the last two to the past: a gate looks 31 days back. Whatever cannot be done now is left for the next
  -- day: rows of a month that is not there are in the part that takes what belongs to no month, so nothing is ever refused.
  create function keep_months(moment timestamptz) returns void language plpgsql
    security definer set search_path = public, pg_temp set lock_timeout = '2s' set timezone = 'UTC' as $$
  declare
    t record;
    p record;
    first timestamptz;
    month text;
  begin
    -- Another process is at it.
    if not pg_try_advisory_xact_lock(7165003) then
      return;
    end if;
    for t in select * from (values ('decisions', 'decided_at'), ('statuses', 'occurred_at')) v (name, key) loop
      for ahead in -1..2 loop
        first := date_trunc('month', moment) + ahead * interval '1 month';
        month := t.name || to_char(first, '_YYYY_MM');
        if to_regclass(month) is not null then
          -- A clock that was years ahead has moved it.
          if exists (select from pg_inherits where inhrelid = to_regclass(month) and inhparent = ('past_' || t.name)::regclass) then
            begin
              execute format('alter table %I detach partition %I', 'past_' || t.name, month);
              execute format('alter table %I attach partition %I for values from (%L) to (%L)', t.name, month, first, first + interval '1 month');
            exception when check_violation or lock_not_available or deadlock_detected then
              null;
            end;
          end if;
          continue;
        end if;
        begin
          execute format('create table %I (like %I including defaults including constraints including indexes,
            constraint of_month check (%3$I >= %4$L and %3$I < %5$L))', month, t.name, t.key, first, first + interval '1 month');
          execute format('create trigger no_truncate before truncate on %I for each statement execute function refuse_truncate()', month);
          execute format('alter table %I attach partition %I for values from (%L) to (%L)', t.name, month, first, first + interval '1 month');
        exception when invalid_object_definition or check_violation or lock_not_available or deadlock_detected then
          null; -- the month is in a part already, or is being written to
        end;
      end loop;
      for p in select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = t.name::regclass and ${END} <= date_trunc('month', moment) - interval '2 months' loop
        begin
          execute format('alter table %I detach partition %I', t.name, p.name);
          execute format('alter table %I attach partition %I %s', 'past_' || t.name, p.name, p.bound);
        exception when lock_not_available or deadlock_detected then
          null;
        end;
      end loop;
    end loop;
  end $$;

  -- Drops the months that end before. Returns how many.
  create function drop_months(of text, before timestamptz) returns int language plpgsql
    security definer set search_path = public, pg_temp set lock_timeout = '2s' set timezone = 'UTC' as $$
  declare
    p record;
    dropped int := 0;
  begin
    if of not in ('decisions', 'statuses') then
      raise exception '% has no months', of;
    end if;
    if not pg_try_advisory_xact_lock(7165003) then
      return 0;
    end if;
    for p in select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = ('past_' || of)::regclass and ${END} <= before loop
      begin
        execute format('drop table %I', p.name);
        dropped := dropped + 1;
      exception when lock_not_available or deadlock_detected then
        null;
      end;
    end loop;
    return dropped;
  end $$;

  create function remove_decision() returns trigger language plpgsql set search_path = public, pg_temp as $$
  begin
    delete from decisions where decided_at = old.decided_at and id = old.id;
    if not found then
      delete from past_decisions where decided_at = old.decided_at and id = old.id;
    end if;
    return old;
  end $$;
  create function remove_status() returns trigger language plpgsql set search_path = public, pg_temp as $$
  begin
    delete from statuses where occurred_at = old.occurred_at and id = old.id;
    if not found then
      delete from past_statuses where occurred_at = old.occurred_at and id = old.id;
    end if;
    return old;
  end $$;`;

/** Copies the rows of all months into one table. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index decisions_held, past_decisions_held, attempts_by_time;
    create index attempts_by_time on attempts using brin (submitted_at);
  `);
  for (const table of TABLES) await join(knex, table);
  await knex.raw(
    'drop function remove_decision, remove_status, keep_months(timestamptz), drop_months(text, timestamptz)',
  );
}

async function join(knex: Knex, { name, foreignKeys, needless }: Table): Promise<void> {
  const [unique, indexes] = [await constraintsOf(knex, name, 'u'), await indexesOf(knex, name)];
  const columns = (await columnsOf(knex, name)).join(', ');
  await knex.raw(`
    create table ${name}_joined (like ${name} including defaults including constraints);
    insert into ${name}_joined (${columns}) select ${columns} from all_${name};
    drop view all_${name};
    drop table ${name}, past_${name};
    alter table ${name}_joined rename to ${name};
    alter table ${name} add primary key (id);
  `);
  const { rows } = await knex.raw<{ rows: { next: number }[] }>(`select coalesce(max(id), 0) + 1 as next from ${name}`);
  await knex.raw(`alter table ${name} alter id add generated always as identity (start ${rows[0]?.next ?? 1})`);
  if (name === 'statuses')
    await knex.raw(
      'update statuses s set attempt_id = null where attempt_id is not null and not exists (select from attempts a where a.id = s.attempt_id)',
    );
  for (const one of unique) await knex.raw(`alter table ${name} add constraint ?? ${one.sql}`, [one.name]);
  for (const { sql } of [...indexes, ...needless]) await knex.raw(sql);
  for (const sql of foreignKeys) await knex.raw(`alter table ${name} add ${sql}`);
}
