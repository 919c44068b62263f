import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Whether the shop said it, over the API. A lift of the shop counts over the shop's own stops only.
    alter table suppressions add column by_shop boolean not null default false;

    -- Sources of customers, providers and erasures are ours and known; every other word came over the API. Lifts of the API before now
    -- stay what they were, and rows whose number has no token yet count as the customer's.
    alter table suppressions disable trigger only_filled;
    update suppressions set by_shop = true
      where state = 'stopped' and token is not null and source !~ '^(inbound|provider):' and source not in ('page', 'erasure', 'split_contact');
    alter table suppressions enable trigger only_filled;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table suppressions drop column by_shop');
}
