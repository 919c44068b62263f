import type { Knex } from 'knex';

/** How fast and for how much is sent: rate limits, the brands' shares of them, spend and its alarms. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One row per rate limit. Its clocks say up to which moment its tokens are gone: each token moves a clock on by period/tokens.
    create table lanes (
      id text primary key,
      kind text not null check (kind in ('account', 'sender', 'campaign', 'brand_day', 'records')),
      -- whose messages it holds; null: everybody's, or no messages at all
      brand_id text references brands,
      -- null: any channel
      channel text references channels,
      unit text not null check (unit in ('messages', 'segments')),
      tokens double precision not null check (tokens > 0),
      period_ms int not null check (period_ms > 0),
      -- set: counted per local day of this zone instead of spaced
      zone text check ((kind = 'brand_day') = (zone is not null)),
      -- share of a period's tokens that transactional messages may run ahead by, or of a day's that is kept for them
      reserved double precision not null check (reserved between 0 and 1),

      -- tokens taken for sends; booked for promotions and feedback; booked for order news that had to wait
      taken_to timestamptz not null default '-infinity',
      booked_to timestamptz not null default '-infinity',
      urgent_to timestamptz not null default '-infinity',

      -- the rate after a 429 and when it was cut; it recovers by the time that passes
      factor double precision not null default 1 check (factor > 0 and factor <= 1),
      cut_at timestamptz,
      blocked_until timestamptz,

      -- the circuit: closed without open_until, open before it, and after it one message at a time may try
      failures int not null default 0,
      openings int not null default 0,
      open_until timestamptz,
      probe uuid,
      check (brand_id is null = (kind in ('account', 'records')))
    );
    create index on lanes (brand_id);
    -- Vonage answers 10 synchronous requests for records a second.
    insert into lanes (id, kind, unit, tokens, period_ms, reserved) values ('records', 'records', 'messages', 10, 1000, 0);

    -- Brands share the account's lane by weight: each has its own clocks beside those of the lane.
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

    -- Prices as the provider's receipts name them: per brand, local day of the submission and country of the number.
    create table spend (
      brand_id text not null references brands,
      day date not null,
      -- ISO 3166-1 alpha-2; ZZ: the number tells none
      country text not null check (country ~ '^[A-Z]{2}$'),
      messages int not null default 0,
      amount numeric not null default 0,
      currency text,
      -- of one message, as the latest receipt said: messages under way are counted with it
      last_price numeric not null,
      primary key (brand_id, day, country)
    );
    create index spend_prices on spend (brand_id, country, day desc);

    -- Alarms are raised once per brand, kind, country and day, by the process that sees the cause first.
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
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table abuse_alarms, spend, lane_shares, lanes');
}
