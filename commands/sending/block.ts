/** Blocks of templates and senders that the provider refuses for all recipients, and their release by an operator. */
import { PROVIDER } from '../../domain/access/audit.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { RefusedAttempt } from '../../db/sending/ledger/blocks.ts';
import { endBlock, insertBlock, lockBlock } from '../../db/sending/ledger/blocks.ts';

/**
 * Blocks the template or the sender of a refused attempt. True: it was not blocked before. A message that was submitted before an
 * operator released the same block opens none: receipts come late.
 */
export async function openBlock(
  trx: Db,
  scope: 'template' | 'sender',
  refused: RefusedAttempt,
  code: string,
  now: number,
): Promise<boolean> {
  const { brand, message, channel } = refused;
  const block = await insertBlock(trx, scope, refused, code, now);
  if (block === undefined) return false;
  const subject = { kind: 'block', id: String(block) } as const;
  const entry = { brand, actor: PROVIDER, action: 'open_block', subject, reason: `refused with ${code}` } as const;
  await recordAudit(trx, { ...entry, after: { scope, channel, message } }, now);
  return true;
}

/** Releases a block: what waits for it goes out when it asks the next time. Undefined: no such block of this brand. */
export async function releaseBlock(
  db: Db,
  { brand, block, actor, reason }: { brand: string; block: number; actor: string; reason: string },
  now: number,
): Promise<'released' | 'already_released' | undefined> {
  return db.transaction(async (trx) => {
    const row = await lockBlock(trx, brand, block);
    if (!row) return undefined;
    if (row.released_at) return 'already_released';
    await endBlock(trx, block, now);
    const subject = { kind: 'block', id: String(block) } as const;
    const before = { scope: row.scope, code: row.code };
    await recordAudit(trx, { brand, actor, action: 'release_block', subject, reason, before }, now);
    return 'released';
  });
}
