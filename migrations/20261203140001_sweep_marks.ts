import type { Knex } from 'knex';

/** How far each shorter period of retention has been looked through: without it, every day reads all rows that others keep for longer. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table sweep_marks (
      sweep text not null,
      -- an ISO 8601 duration
      keep text not null,
      -- what was over then is gone
      swept_at timestamptz not null,
      -- rows of all ages were looked at
      whole_at timestamptz not null,
      primary key (sweep, keep)
    )`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table sweep_marks');
}
