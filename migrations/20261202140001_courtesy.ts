import type { Knex } from 'knex';

/** `courtesy` opens no case. The version before reads a meaning it does not know as any other text. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`comment on column inbound_messages.meaning is
    'stop, start, help, rated, nps_given, confirmed, declined, keeps_data, unclear_opt_out, courtesy or question'`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`comment on column inbound_messages.meaning is
    'stop, start, help, rated, nps_given, confirmed, declined, keeps_data, unclear_opt_out or question'`);
}
