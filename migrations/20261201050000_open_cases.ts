import type { Knex } from 'knex';

/** A brand's open cases are listed newest first; nearly all cases are closed. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index cases_open on cases (brand_id, id) where closed_at is null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index cases_open');
}
