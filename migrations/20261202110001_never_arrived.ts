import type { Knex } from 'knex';

const KINDS = `'low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation', 'number_limit', 'spend_limit', 'wrong_person'`;

/** Cases of orders that never arrived. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in (${KINDS}, 'never_arrived'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    update cases set kind = 'question' where kind = 'never_arrived';
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in (${KINDS}));
  `);
}
