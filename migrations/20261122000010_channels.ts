import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A row of another channel than sms says what is known of a number there; without one, it is tried.
    alter table addresses
      drop constraint addresses_channel_check, add constraint addresses_channel_check check (channel in ('sms', 'rcs'));
    alter table consents
      drop constraint consents_channel_check, add constraint consents_channel_check check (channel in ('sms', 'rcs'));
    alter table suppressions
      drop constraint suppressions_channel_check, add constraint suppressions_channel_check check (channel in ('sms', 'rcs'));

    -- A number that was stopped is stopped on every channel.
    drop index suppressions_brand_id_channel_address_id_idx;
    create index suppressions_last_word on suppressions (brand_id, address, occurred_at desc, id desc);
    create or replace function bump_gate_of_address() returns trigger language plpgsql as $$
    begin
      update contacts set gate_version = gate_version + 1
       where id in (select contact_id from addresses where brand_id = new.brand_id and address = new.address);
      return new;
    end $$;

    -- How many channels of the step came before: 0 is the first one.
    alter table messages add column hop int not null default 0 check (hop >= 0);
    create index messages_second_channel on messages (submitted_at) where hop > 0;

    -- A receipt of the first channel stops the second as STOP does: a submission that has not seen it fails.
    create trigger bump_gate after update of state on messages for each row
      when (new.awaited and new.state in ('delivered', 'read') and old.state not in ('delivered', 'read'))
      execute function bump_gate_of_contact();

    -- A customer can write to an agent as to a number.
    alter table senders drop constraint senders_number_check;
    alter table senders rename column number to sender;
    alter table senders add constraint senders_sender_check
      check (sender ~ '^\\+[1-9][0-9]{6,14}$' or sender ~ '^[A-Za-z][A-Za-z0-9._-]{2,99}$');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from senders where sender not like '+%';
    alter table senders drop constraint senders_sender_check;
    alter table senders rename column sender to number;
    alter table senders add constraint senders_number_check check (number ~ '^\\+[1-9][0-9]{6,14}$');
    drop trigger bump_gate on messages;
    drop index messages_second_channel;
    alter table messages drop column hop;
    create or replace function bump_gate_of_address() returns trigger language plpgsql as $$
    begin
      update contacts set gate_version = gate_version + 1
       where id in (select contact_id from addresses
                     where brand_id = new.brand_id and channel = new.channel and address = new.address);
      return new;
    end $$;
    drop index suppressions_last_word;
    create index on suppressions (brand_id, channel, address, id desc);
    alter table suppressions
      drop constraint suppressions_channel_check, add constraint suppressions_channel_check check (channel in ('sms'));
    alter table consents
      drop constraint consents_channel_check, add constraint consents_channel_check check (channel in ('sms'));
    alter table addresses
      drop constraint addresses_channel_check, add constraint addresses_channel_check check (channel in ('sms'));
  `);
}
