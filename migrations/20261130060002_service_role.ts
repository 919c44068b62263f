import type { Knex } from 'knex';

/** For a service that owns no table (db/schema/grants.ts): functions of the owner write the rows that the service may not write itself. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The owner's, because the head of a chain is not the service's to write. A fixed search_path: a table of the same name that the
    -- caller can put before ours would be written to with the owner's rights.
    alter function chain_consent() security definer set search_path = public, pg_temp;

    -- Without its entries the chain begins anew.
    create function end_proof() returns trigger language plpgsql as $$
    begin
      new.consent_seq := 0;
      new.consent_head := null;
      return new;
    end $$;
    create trigger end_proof before update on contacts for each row
      when (old.proof_ended_at is null and new.proof_ended_at is not null) execute function end_proof();

    -- Put before 'truncate' of every table after each migration (db/schema/grants.ts): row triggers do not see one.
    create function refuse_truncate() returns trigger language plpgsql as $$
    begin
      raise exception 'truncate of % is refused', tg_table_name;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function refuse_truncate cascade;
    drop trigger end_proof on contacts;
    drop function end_proof;
    alter function chain_consent() security invoker reset search_path;
  `);
}
