import type { Knex } from 'knex';

/** Orders that are over, and of which something was heard since their facts were taken away: few, however many orders there are. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index orders_with_late_facts on orders (facts_looked_at) where facts_removed_at is not null and facts_looked_at > facts_removed_at;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index orders_with_late_facts');
}
