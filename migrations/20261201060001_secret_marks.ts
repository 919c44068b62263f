import type { Knex } from 'knex';

/**
 * One row per secret that tokens of stopped numbers were made with: what the secret makes of a fixed text. A stop of a number without an
 * order has only its token, which nobody can check against a secret.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create table secret_marks (mark bytea primary key, made_at timestamptz not null default now())');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table secret_marks');
}
