import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A fact or a command of its order has been stored since the message was planned, so the order is asked about it again.
    alter table messages add column overtaken boolean not null default false`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table messages drop column overtaken');
}
