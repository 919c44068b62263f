import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table contacts (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null references brands,
      -- the shop's own customer id, digit for digit
      external_id text,
      first_name text,
      last_name text,
      locale text,
      -- zone the customer chose
      zone text,
      country text check (country ~ '^[A-Z]{2}$'),
      region text,
      city text,
      postcode text,
      loyalty jsonb not null default '{}',
      -- Counts every change that can alter what may be sent to this person, and every submission. A send is committed only
      -- against the version its facts were read at, so STOP and a send can never both believe to be first.
      gate_version bigint not null default 0,
      created_at timestamptz not null,
      unique (brand_id, id)
    );
    create index on contacts (brand_id, external_id);

    create table addresses (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      channel text not null check (channel in ('sms')),
      address text not null check (address ~ '^\\+[1-9][0-9]{6,14}$'),
      country text,
      -- false once the provider says that it can't be reached on this channel
      usable boolean not null default true,
      created_at timestamptz not null,
      -- when an order last came with it: texts go to the number somebody ordered with last
      last_used_at timestamptz not null,
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      unique (brand_id, channel, address)
    );
    create index on addresses (contact_id);

    -- What a person said yes or no to, with proof. Rows are only ever added; the last word per class counts.
    create table consents (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      channel text not null check (channel in ('sms')),
      class text not null check (class in ('transactional', 'service_feedback', 'promotional')),
      state text not null check (state in ('granted', 'withdrawn')),
      basis text not null check (basis in ('express', 'contract')),
      wording text not null check (wording <> ''),
      source text not null check (source <> ''),
      evidence text,
      occurred_at timestamptz not null,
      recorded_at timestamptz not null,
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index on consents (contact_id, class, occurred_at desc, id desc);

    -- Per brand and address, whoever it belongs to: a STOP from an unknown number counts for whoever comes with it later.
    create table suppressions (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      channel text not null check (channel in ('sms')),
      address text not null,
      state text not null check (state in ('stopped', 'lifted')),
      source text not null check (source <> ''),
      occurred_at timestamptz not null,
      recorded_at timestamptz not null
    );
    create index on suppressions (brand_id, channel, address, id desc);

    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name;
    end $$;
    create trigger append_only before update or delete on consents for each row execute function refuse_change();
    create trigger append_only before update or delete on suppressions for each row execute function refuse_change();

    -- The gate version moves with what it guards, whoever writes it.
    create function bump_gate_of_contact() returns trigger language plpgsql as $$
    begin
      update contacts set gate_version = gate_version + 1 where id = new.contact_id;
      return new;
    end $$;
    create function bump_gate_of_address() returns trigger language plpgsql as $$
    begin
      update contacts set gate_version = gate_version + 1
       where id in (select contact_id from addresses
                     where brand_id = new.brand_id and channel = new.channel and address = new.address);
      return new;
    end $$;
    create trigger bump_gate after insert on consents for each row execute function bump_gate_of_contact();
    create trigger bump_gate after insert or update on addresses for each row execute function bump_gate_of_contact();
    create trigger bump_gate after insert on suppressions for each row execute function bump_gate_of_address();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table suppressions, consents, addresses, contacts;
    drop function bump_gate_of_address, bump_gate_of_contact, refuse_change;
  `);
}
