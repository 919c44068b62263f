import type { Knex } from 'knex';

/** Brands share the account's lane by weight: each has clocks of its own beside those of the lane. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table lane_shares (
      brand_id text primary key references brands,
      weight double precision not null default 1 check (weight > 0),
      -- as those of the lanes: tokens taken, booked for promotions and feedback, booked for order news that had to wait
      taken_to timestamptz not null default '-infinity',
      booked_to timestamptz not null default '-infinity',
      urgent_to timestamptz not null default '-infinity'
    );
    insert into lane_shares (brand_id) select id from brands;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table lane_shares');
}
