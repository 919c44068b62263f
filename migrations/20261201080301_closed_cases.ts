import type { Knex } from 'knex';

/** A brand's closed cases are listed newest first. Without it a page of a quiet brand reads the cases of all others. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index cases_closed on cases (brand_id, id) where closed_at is not null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index cases_closed');
}
