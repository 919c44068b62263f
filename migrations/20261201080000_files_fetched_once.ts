import type { Knex } from 'knex';

/** When the file that a code opened was fetched: the button that gives it works once. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table asked_texts add column fetched_at timestamptz');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table asked_texts drop column fetched_at');
}
