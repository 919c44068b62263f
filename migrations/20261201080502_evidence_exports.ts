import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Days (UTC) whose heads of the chains the service has written to EVIDENCE_FOLDER.
    create table evidence_exports (
      day date primary key,
      at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table evidence_exports');
}
