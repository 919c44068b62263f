/** Blocks of templates and senders that the provider refuses for all recipients, and their release by an operator. */
import type { Channel, MessageKind } from '../../domain/sending/message.ts';
import { PROVIDER } from '../../domain/access/audit.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

/** A refused attempt, with what a block of its template or its sender would be about. */
export interface RefusedAttempt {
  readonly brand: string;
  readonly message: string;
  readonly channel: Channel;
  readonly kind: MessageKind;
  readonly locale: string | null;
  readonly sender: string | null;
  readonly submittedAt: Date;
}

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
  const kind = scope === 'template' ? refused.kind : null;
  const locale = scope === 'template' ? refused.locale : null;
  const sender = scope === 'sender' ? refused.sender : null;
  const { rows } = await trx.raw<{ rows: { id: number; opened: boolean }[] }>(
    `insert into blocks (brand_id, scope, channel, kind, locale, sender, code, message_id, opened_at)
       select :brand, :scope, :channel, :kind, :locale, :sender, :code, :message, cast(:now as timestamptz)
        where not exists (select from blocks r where r.brand_id = :brand and r.channel = :channel and r.released_at > :submittedAt
          and (r.kind, r.locale, r.sender) is not distinct from (:kind, :locale, :sender))
     on conflict (brand_id, channel, kind, locale, sender) where released_at is null
       do update set refusals = blocks.refusals + 1 returning id, xmax = 0 as opened`,
    {
      brand,
      scope,
      channel,
      kind,
      locale,
      sender,
      code,
      message,
      submittedAt: refused.submittedAt.toISOString(),
      now: timestamp(now),
    },
  );
  const [row] = rows;
  if (!row?.opened) return false;
  const subject = { kind: 'block', id: String(row.id) } as const;
  const entry = { brand, actor: PROVIDER, action: 'open_block', subject, reason: `refused with ${code}` } as const;
  await recordAudit(trx, { ...entry, after: { scope, channel, message } }, now);
  return true;
}

interface BlockRow {
  readonly scope: 'template' | 'sender';
  readonly code: string;
  readonly released_at: Date | null;
}

/** Releases a block: what waits for it goes out when it asks the next time. Undefined: no such block of this brand. */
export async function releaseBlock(
  db: Db,
  { brand, block, actor, reason }: { brand: string; block: number; actor: string; reason: string },
  now: number,
): Promise<'released' | 'already_released' | undefined> {
  return db.transaction(async (trx) => {
    const row: BlockRow | undefined = await trx('blocks')
      .where({ brand_id: brand, id: block })
      .forUpdate()
      .first('released_at', 'scope', 'code');
    if (!row) return undefined;
    if (row.released_at) return 'already_released';
    await trx('blocks')
      .where({ id: block })
      .update({ released_at: new Date(now) });
    const subject = { kind: 'block', id: String(block) } as const;
    const before = { scope: row.scope, code: row.code };
    await recordAudit(trx, { brand, actor, action: 'release_block', subject, reason, before }, now);
    return 'released';
  });
}
