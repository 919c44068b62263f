import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Counters of rate limits that all API processes share, as rate-limiter-flexible writes them. Unlogged: a counter that a crash of the
    -- server takes away begins again, and a write costs no flush.
    create unlogged table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table rate_limits');
}
