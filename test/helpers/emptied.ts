import type { Db } from '../../db/connection/connect.ts';

/** Empties a table with all that refers to it, which the service may not and its owner only with the triggers off. */
export async function emptied(owner: Db, table: string): Promise<void> {
  await owner.transaction(async (trx) => {
    await trx.raw("set local session_replication_role = 'replica'");
    await trx.raw('truncate ?? cascade', [table]);
  });
}
