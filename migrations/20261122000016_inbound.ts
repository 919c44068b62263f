import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table cases
      drop constraint cases_kind_check,
      add constraint cases_kind_check
        check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation')),
      -- what the customer wrote may be an opt-out: no promotion goes out until an agent has looked
      add column holds_promotions boolean not null default false;
    -- A promotion that has passed its gate meanwhile is decided anew.
    create trigger bump_gate after insert on cases for each row when (new.holds_promotions)
      execute function bump_gate_of_contact();

    alter table inbound_messages
      drop constraint inbound_messages_reply_check,
      add constraint inbound_messages_reply_check
        check (reply in ('opt_out_confirmed', 'opt_out_or_order', 'opt_in_confirmed', 'help'));
    comment on column inbound_messages.meaning is
      'stop, start, help, rated, nps_given, confirmed, declined, unclear_opt_out or question';

    -- A customer can write to a short code, too.
    alter table senders
      drop constraint senders_sender_check,
      add constraint senders_sender_check check (sender ~ '^\\+[1-9][0-9]{6,14}$' or sender ~ '^[0-9]{3,6}$'
        or sender ~ '^[A-Za-z][A-Za-z0-9._-]{2,99}$');
  `);
}

/** Meanings without a word in the former shape become the nearest one. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from senders where sender ~ '^[0-9]{3,6}$';
    alter table senders
      drop constraint senders_sender_check,
      add constraint senders_sender_check
        check (sender ~ '^\\+[1-9][0-9]{6,14}$' or sender ~ '^[A-Za-z][A-Za-z0-9._-]{2,99}$');
    comment on column inbound_messages.meaning is null;
    update inbound_messages set reply = 'opt_out_confirmed' where reply = 'opt_out_or_order';
    alter table inbound_messages
      drop constraint inbound_messages_reply_check,
      add constraint inbound_messages_reply_check check (reply in ('opt_out_confirmed', 'opt_in_confirmed', 'help'));
    drop trigger bump_gate on cases;
    update cases set kind = 'question' where kind in ('unclear_opt_out', 'order_cancellation');
    alter table cases
      drop column holds_promotions,
      drop constraint cases_kind_check,
      add constraint cases_kind_check check (kind in ('low_rating', 'delivery_failed', 'question'));
  `);
}
