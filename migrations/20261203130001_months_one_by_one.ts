import type { Knex } from 'knex';

/** The end of partition `c`; null: it takes what belongs to no month. */
const END = `cast(substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [(]''([^'']+)''[)]') as timestamptz)`;

const BEGINNING = `coalesce(cast(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM [(]''([^'']+)''[)]') as timestamptz), '-infinity')`;

const OWN = `security definer set search_path = public, pg_temp set lock_timeout = '2s' set timezone = 'UTC'`;

/**
 * One step for one month of one table in a transaction of its own, in place of one function for all. Rows of the month that are in the part for
 * what belongs to no month kept it from being made: that part was read as a whole under an exclusive lock, day after day, for nothing.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A table for a month, that is part of no other table yet. Its check says that all rows are of the month, so they are not read when it is attached.
    create function make_month(of text, first timestamptz) returns text language plpgsql ${OWN} as $$
    declare
      key text := case of when 'decisions' then 'decided_at' when 'statuses' then 'occurred_at' end;
      month text := of || to_char(first, '_YYYY_MM');
    begin
      if key is null or first <> date_trunc('month', first) then
        raise exception '% has no month %', of, first;
      end if;
      if to_regclass(month) is null then
        execute format('create table %I (like %I including defaults including constraints including indexes,
          constraint of_month check (%3$I >= %4$L and %3$I < %5$L))', month, of, key, first, first + interval '1 month');
        execute format('create trigger no_truncate before truncate on %I for each statement execute function refuse_truncate()', month);
      end if;
      return month;
    end $$;

    -- One step towards a month that new rows are written to: 'there', 'made', 'more' (ask again) or 'busy' (ask tomorrow). No step moves, or reads under
    -- a lock, more than \`most\` rows of the part that takes what belongs to no month. A receipt that is repeated after its row has moved is no duplicate
    -- in the table that it comes to; the row goes when it would move too. Refused, it would keep all months from being made, for good.
    create function keep_month(of text, first timestamptz, most int) returns text language plpgsql ${OWN} as $$
    declare
      key text := case of when 'decisions' then 'decided_at' when 'statuses' then 'occurred_at' end;
      rest regclass;
      columns text;
      month text;
      beside bigint;
      waiting boolean;
      goes timestamptz := first;
    begin
      if key is null or first <> date_trunc('month', first) then
        raise exception '% has no month %', of, first;
      end if;
      if not pg_try_advisory_xact_lock(7165003) then
        return 'busy';
      end if;
      month := of || to_char(first, '_YYYY_MM');
      if exists (select from pg_inherits where inhrelid = to_regclass(month) and inhparent = of::regclass) then
        return 'there';
      end if;
      select partdefid into rest from pg_partitioned_table where partrelid = of::regclass;
      -- Another part has it: the table as it was before there were months.
      if exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = of::regclass and ${END} > first
          and ${BEGINNING} < first + interval '1 month') then
        return 'there';
      end if;
      select string_agg(quote_ident(attname), ', ') into columns from pg_attribute where attrelid = of::regclass and attnum > 0 and not attisdropped;

      execute format('select count(*) from (select from %s limit %s + 1) few', rest, most) into beside;
      if beside <= most then
        perform make_month(of, first);
        -- A clock that was years ahead has moved it, or rows wait in it.
        if exists (select from pg_inherits where inhrelid = to_regclass(month) and inhparent = ('past_' || of)::regclass) then
          execute format('alter table %I detach partition %I', 'past_' || of, month);
        end if;
        execute format('lock table %s in access exclusive mode', rest);
        execute format('select count(*) from (select from %s limit %s + 1) few', rest, most) into beside;
      end if;
      if beside <= most then
        execute format('with moved as (delete from %1$s where %2$I >= %3$L and %2$I < %4$L returning %5$s) insert into %6$I (%5$s) select %5$s from moved on conflict do nothing',
          rest, key, first, first + interval '1 month', columns, month);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)', of, month, first, first + interval '1 month');
        return 'made';
      end if;

      -- Too many for one lock: those of the month go first, and then the oldest, to a month of the past. Rows can be written and read all the while.
      execute format('select exists (select from %1$s where %2$I >= %3$L and %2$I < %4$L)', rest, key, first, first + interval '1 month') into waiting;
      if not waiting then
        execute format('select date_trunc(''month'', min(%I)) from %s', key, rest) into goes;
      end if;
      if not exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ('past_' || of)::regclass and ${END} > goes
          and ${BEGINNING} < goes + interval '1 month') then
        execute format('alter table %I attach partition %I for values from (%L) to (%L)', 'past_' || of, make_month(of, goes), goes, goes + interval '1 month');
      end if;
      execute format('with few as (select %2$I, id from %1$s where %2$I >= %3$L and %2$I < %4$L order by %2$I, id limit %7$s for update skip locked),
          moved as (delete from %1$s r using few s where r.%2$I = s.%2$I and r.id = s.id returning %8$s)
          insert into %6$I (%5$s) select * from moved on conflict do nothing',
        rest, key, goes, goes + interval '1 month', columns, 'past_' || of, most, 'r.' || replace(columns, ', ', ', r.'));
      return 'more';
    exception when lock_not_available or deadlock_detected then
      return 'busy';
    end $$;

    -- Moves the months behind the last two to the past: a gate looks 31 days back.
    create function retire_months(of text, moment timestamptz) returns void language plpgsql ${OWN} as $$
    declare
      p record;
    begin
      if of not in ('decisions', 'statuses') then
        raise exception '% has no months', of;
      end if;
      if not pg_try_advisory_xact_lock(7165003) then
        return;
      end if;
      for p in select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = of::regclass and ${END} <= date_trunc('month', moment) - interval '2 months' loop
        begin
          execute format('alter table %I detach partition %I', of, p.name);
          execute format('alter table %I attach partition %I %s', 'past_' || of, p.name, p.bound);
        exception when lock_not_available or deadlock_detected then
          null; -- tomorrow
        end;
      end loop;
    end $$;

    -- Nothing else counts the rows of a table that has parts: autovacuum looks at the parts alone, and a join is planned by the whole.
    create function count_months(of text) returns void language plpgsql ${OWN} as $$
    declare
      only_it text := case when current_setting('server_version_num')::int >= 180000 then 'only ' else '' end;
    begin
      if of not in ('decisions', 'statuses') then
        raise exception '% has no months', of;
      end if;
      execute format('analyze %s%I', only_it, of);
      execute format('analyze %s%I', only_it, 'past_' || of);
    exception when lock_not_available or deadlock_detected then
      null;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    `drop function keep_month(text, timestamptz, int), make_month(text, timestamptz), retire_months(text, timestamptz), count_months(text)`,
  );
}
