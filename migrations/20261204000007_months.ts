import type { Knex } from 'knex';

/**
 * Decisions and statuses, by the month. Old rows are dropped by the month, not deleted. `decisions` and `statuses` hold the months that
 * statements of a message look at, and `past_decisions` and `past_statuses` the months before: a plan has a part for each month, and
 * five years would be 61. Views have both. The two tables of a pair have the same columns and indexes: a later migration changes both and the
 * view. They have no foreign keys: a partition without them is dropped without a lock on orders, contacts and attempts.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(TABLES);
  await knex.raw(FUNCTIONS);
}

const TABLES = `
  -- Every decision to send, to wait or not to send, with the rule that made it.
  create table decisions (
    id bigint generated always as identity,
    brand_id text not null,
    order_id text,
    contact_id uuid,
    step text not null,
    occurrence text not null,
    kind text not null,
    channel text not null,
    decided_at timestamptz not null,
    outcome text not null check (outcome in ('send', 'wait', 'skip')),
    reason text,
    wait_until timestamptz,
    rule text not null,
    zones text[] not null default '{}',
    zone_source text,
    -- whose rules applied, in which version, and the ids of the rows that were looked at
    jurisdictions text[] not null default '{}',
    packs text[] not null default '{}',
    rules text[] not null default '{}',
    -- the wall clock where the person most likely is: 2027-03-14T09:05
    local_time text,
    -- the entry of the consent ledger it rests on
    consent_id bigint,
    -- a message that waits is of no use after this: then it does not stand in the way of another
    useful_until timestamptz,
    constraint decisions_check check (outcome = 'send' or reason is not null),
    constraint decisions_check1 check (outcome <> 'wait' or wait_until is not null),
    primary key (decided_at, id),
    -- a check may run twice for one workflow task: it is one decision
    constraint decisions_made unique nulls not distinct (brand_id, order_id, contact_id, step, occurrence, channel, decided_at, outcome)
  ) partition by range (decided_at);
  create index on decisions (contact_id, id);
  create index on decisions (brand_id, order_id, id);
  create index decisions_waiting on decisions (brand_id, wait_until) where outcome = 'wait';
  -- what waits for its moment: the gate asks for it each time, and a till has 60,000 decisions
  create index decisions_put_off on decisions (contact_id, wait_until) where outcome = 'wait';

  -- Status webhooks as they came. attempt_id stays null for an orphan: a status of a message that is not ours.
  create table statuses (
    id bigint generated always as identity,
    attempt_id bigint,
    client_ref text,
    provider_id text not null,
    status text not null,
    code text,
    segments int,
    price text,
    -- whom the status names as the sender: an orphan is adopted only by an attempt of the same one
    sender text,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    primary key (occurred_at, id),
    unique (provider_id, status, occurred_at)
  ) partition by range (occurred_at);
  create index on statuses (attempt_id);

  create table past_decisions (like decisions including defaults including constraints including indexes) partition by range (decided_at);
  create table past_statuses (like statuses including defaults including constraints including indexes) partition by range (occurred_at);
  create index decisions_held on decisions (decided_at) where outcome <> 'send';
  create index past_decisions_held on past_decisions (decided_at) where outcome <> 'send';
  -- These take what belongs to no month, so no row is ever refused.
  create table decisions_default partition of decisions default;
  create table statuses_default partition of statuses default;
  comment on table decisions is 'months by decided_at; past_decisions has the ones before';
  comment on table statuses is 'months by occurred_at; past_statuses has the ones before';

  create view all_decisions as select * from decisions union all select * from past_decisions;
  create view all_statuses as select * from statuses union all select * from past_statuses;
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
  end $$;
  create trigger remove_row instead of delete on all_decisions for each row execute function remove_decision();
  create trigger remove_row instead of delete on all_statuses for each row execute function remove_status();
`;

/** The end of partition `c`; null: it takes what belongs to no month. */
const END = `cast(substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [(]''([^'']+)''[)]') as timestamptz)`;

const BEGINNING = `coalesce(cast(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM [(]''([^'']+)''[)]') as timestamptz), '-infinity')`;

const OWN = `security definer set search_path = public, pg_temp set lock_timeout = '2s' set timezone = 'UTC'`;

/** Each step for one month of one table is a transaction of its own (db/privacy/months.ts). */
const FUNCTIONS = `
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
`;

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop view all_statuses, all_decisions;
    drop table past_statuses, past_decisions, statuses, decisions;
    drop function remove_decision, remove_status, drop_months(text, timestamptz), count_months(text),
      retire_months(text, timestamptz), keep_month(text, timestamptz, int), make_month(text, timestamptz);
  `);
}
