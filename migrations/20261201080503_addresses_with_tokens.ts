import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table addresses add constraint addresses_token check (token is not null) not valid');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table addresses drop constraint addresses_token');
}
