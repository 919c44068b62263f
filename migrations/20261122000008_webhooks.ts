import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- rank of the last receipt of this attempt, as messages.receipt_rank is of the receipt the message's state came from
    alter table attempts add column receipt_rank int not null default 0;
    update attempts set receipt_rank = known.rank from (
      select attempt_id, max(array_position(array['submitted', 'undeliverable', 'rejected', 'delivered', 'read'], status)) as rank
        from statuses where attempt_id is not null group by attempt_id) known
      where known.attempt_id = attempts.id;

    -- whom the status names as the sender: an orphan is adopted only by an attempt of the same one
    alter table statuses add column sender text;

    -- Webhooks that could not be stored as what they are. db/conversation/unread-webhooks.ts bounds the table.
    create table unread_webhooks (
      id bigint generated always as identity primary key,
      received_at timestamptz not null,
      kind text not null check (kind in ('status', 'inbound')),
      why text not null check (length(why) <= 40),
      -- null where no signature was right: anybody can send those, and whatever they like
      body bytea check (octet_length(body) <= 65536),
      body_hash bytea unique,
      check ((body is null) = (body_hash is null))
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table unread_webhooks;
    alter table statuses drop column sender;
    alter table attempts drop column receipt_rank;
  `);
}
