import type { Knex } from 'knex';

/** The gate asks when a contact's last case was closed. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index cases_closed_of_a_person on cases (contact_id, closed_at) where closed_at is not null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index cases_closed_of_a_person');
}
