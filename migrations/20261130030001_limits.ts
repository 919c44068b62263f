import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation', 'wrong_person',
        'number_limit'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from cases where kind = 'number_limit';
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation', 'wrong_person'));
  `);
}
