/** Tries dead letters again: outbox rows that were refused too often. */
import type { OutboxName } from '../../domain/sending/outbox.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { resetTries } from '../../db/outbox/dead-letters.ts';

export interface Redrive {
  readonly brand: string;
  readonly outbox: OutboxName;
  /** Absent: all dead letters of the outbox. */
  readonly id?: string | undefined;
  readonly actor: string;
  readonly reason: string;
}

/** Resets the tries of a brand's dead letters, so that they are due at once. Returns how many there were. */
export async function redriveOutbox(
  db: Db,
  { brand, outbox, id, actor, reason }: Redrive,
  now: number,
): Promise<number> {
  return db.transaction(async (trx) => {
    const redriven = await resetTries(trx, { brand, outbox, id });
    const subject = { kind: 'outbox', id: id === undefined ? outbox : `${outbox}:${id}` } as const;
    if (redriven > 0)
      await recordAudit(trx, { brand, actor, action: 'redrive_outbox', subject, reason, after: { redriven } }, now);
    return redriven;
  });
}
