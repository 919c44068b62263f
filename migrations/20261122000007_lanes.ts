import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One row per rate limit. Its clocks say up to which moment its tokens are gone: each token moves a clock on by period/tokens.
    create table lanes (
      id text primary key,
      kind text not null check (kind in ('account', 'sender', 'campaign', 'brand_day', 'records')),
      -- whose messages it holds; null: everybody's, or no messages at all
      brand_id text references brands,
      -- null: any channel
      channel text check (channel in ('sms', 'rcs')),
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

    create index messages_booked on messages (brand_id, slot_at) where state = 'planned' and slot_at is not null;
    create index decisions_waiting on decisions (brand_id, wait_until) where outcome = 'wait';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index decisions_waiting; drop index messages_booked; drop table lanes');
}
