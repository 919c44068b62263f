import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- where the order goes: numbers of that country are texted about it
    alter table orders add column delivery_country text check (delivery_country ~ '^[A-Z]{2}$');
    update orders o set delivery_country = c.country from contacts c where c.id = o.contact_id;

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
    alter table orders drop column delivery_country;
  `);
}
