import type { Knex } from 'knex';

/**
 * An erasure looks for names in kept answers, and they are kept beside them: the contacts and numbers in the answer, and the runs of digits in the
 * key that may be a number. The bodies of a million answers took 2.1 s to read, under locks. The database writes the names itself, so
 * that no process can leave them out.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(String.raw`
    create function names_in_answer(key text, body jsonb) returns text[] language sql immutable parallel safe
      set search_path = pg_catalog, pg_temp as $$
      select array_agg(distinct name) from (
        select run as name from regexp_split_to_table(key, '[^0-9]+') run where length(run) between 7 and 15
        union all
        select m[1] from regexp_matches(body::text,
          '"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\+[1-9][0-9]{6,14})"', 'g') m) found
    $$;
    alter table idempotency_keys add column names text[] generated always as (names_in_answer(key, body)) stored;
    create index idempotency_keys_names on idempotency_keys using gin (names) with (fastupdate = off) where names is not null;
    create index idempotency_keys_by_time on idempotency_keys (created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index idempotency_keys_by_time;
    alter table idempotency_keys drop column names;
    drop function names_in_answer;
  `);
}
