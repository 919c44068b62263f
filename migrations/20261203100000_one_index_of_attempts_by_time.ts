import type { Knex } from 'knex';

/** Attempts had the same index twice: each was written to at every submission. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index if exists attempts_submitted_at_idx');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('create index attempts_submitted_at_idx on attempts (submitted_at)');
}
