import type { Knex } from 'knex';
import { CHANNELS } from '../../domain/sending/message.ts';

/** Adds the channels of the code to the table that rows refer to, so a new channel needs no migration. None is removed: messages name it. */
export async function keepChannels(trx: Knex.Transaction): Promise<void> {
  await trx.raw('insert into channels (name) select unnest(cast(? as text[])) on conflict do nothing', [[...CHANNELS]]);
}
