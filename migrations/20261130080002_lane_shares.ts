import type { Knex } from 'knex';

/** Brands share the account's lane by weight: each has its own clocks beside those of the lane. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table lane_shares (
      brand_id text primary key references brands,
      weight double precision not null default 1 check (weight > 0),
      -- ms of the lane's line that were this brand's at line_from, when the line ended at line_to
      in_line_ms double precision not null default 0,
      line_from timestamptz,
      line_to timestamptz,
      -- as those of the lanes: booked for promotions and feedback, booked for order news that had to wait
      booked_to timestamptz not null default '-infinity',
      urgent_to timestamptz not null default '-infinity'
    );
    insert into lane_shares (brand_id) select id from brands;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table lane_shares');
}
