import type { Knex } from 'knex';

/** The timeline of an order shows cases of its person that are about no single order. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index cases_of_a_person on cases (contact_id) where order_id is null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index cases_of_a_person');
}
