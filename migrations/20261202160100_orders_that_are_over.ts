import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table orders
      -- The order is over, and its facts have been taken away. It takes no more events.
      add column facts_removed_at timestamptz,
      -- As if the order had been made then: retention looks at it a period later. Null: it has not been looked at.
      add column facts_looked_at timestamptz;
    create index orders_with_facts on orders ((coalesce(facts_looked_at, created_at))) where facts_removed_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index orders_with_facts;
    alter table orders drop column facts_removed_at, drop column facts_looked_at;
  `);
}
