import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What the provider's receipts have named as prices: per brand, local day of the submission and country of the number.
    create table spend (
      brand_id text not null references brands,
      day date not null,
      -- ISO 3166-1 alpha-2; ZZ: the number tells none
      country text not null check (country ~ '^[A-Z]{2}$'),
      messages int not null default 0,
      amount numeric not null default 0,
      currency text,
      -- of one message, as the latest receipt said: what is on its way is counted with it
      last_price numeric not null,
      primary key (brand_id, day, country)
    );
    create index spend_prices on spend (brand_id, country, day desc);

    alter table attempts
      add column brand_id text,
      add column country text,
      -- the day it is counted on; null: submitted before prices were counted
      add column spend_day date,
      add column price numeric;
    -- What has no price yet. It empties as receipts come.
    create index attempts_unpriced on attempts (brand_id, spend_day, country)
      where price is null and spend_day is not null and outcome is distinct from 'refused';

    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation', 'wrong_person',
        'number_limit', 'spend_limit'));

    -- What was raised once per brand, kind, country and day, by whichever process saw it first.
    create table abuse_alarms (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      kind text not null check (kind in ('spend_80', 'spend_100', 'spend_200', 'conversion')),
      -- null: all countries of the brand together
      country text,
      day date not null,
      figures jsonb not null,
      raised_at timestamptz not null,
      unique nulls not distinct (brand_id, kind, country, day)
    );
    create index on attempts (submitted_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index attempts_submitted_at_idx;
    drop table abuse_alarms;
    delete from cases where kind = 'spend_limit';
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation', 'wrong_person',
        'number_limit'));
    drop index attempts_unpriced;
    alter table attempts drop column brand_id, drop column country, drop column spend_day, drop column price;
    drop table spend;
  `);
}
