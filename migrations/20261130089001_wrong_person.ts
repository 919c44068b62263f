import type { Knex } from 'knex';

/** Runs after the migration of the number limits, which lists the kinds anew. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation',
        'number_limit', 'spend_limit', 'wrong_person'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    update cases set kind = 'question' where kind = 'wrong_person';
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation',
        'number_limit', 'spend_limit'));
  `);
}
