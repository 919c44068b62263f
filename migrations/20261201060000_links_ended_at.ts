import type { Knex } from 'knex';

/** When the links of a number were last withdrawn: HELP is answered again at once then, because the link of the last answer is dead. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table addresses add column links_ended_at timestamptz');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table addresses drop column links_ended_at');
}
