import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The newest fact of its order, by its row in the inbox, that the plan knew of which the message is a part. Null: not told.
    alter table messages add column known_fact bigint`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table messages drop column known_fact');
}
