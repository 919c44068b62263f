/** Blocks of templates and senders that the provider refuses for all recipients. */
import type { Channel, MessageKind } from '../../../domain/sending/message.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';

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
 * The id of a block that is new. Undefined: it is known, and one more refusal was counted, or an operator released the same block after the
 * message was submitted.
 */
export async function insertBlock(
  trx: Db,
  scope: 'template' | 'sender',
  { brand, message, channel, submittedAt, ...refused }: RefusedAttempt,
  code: string,
  now: number,
): Promise<number | undefined> {
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
      submittedAt: submittedAt.toISOString(),
      now: timestamp(now),
    },
  );
  const [row] = rows;
  return row?.opened ? row.id : undefined;
}

export interface LockedBlock {
  readonly scope: 'template' | 'sender';
  readonly code: string;
  readonly released_at: Date | null;
}

export async function lockBlock(trx: Db, brand: string, block: number): Promise<LockedBlock | undefined> {
  return trx('blocks').where({ brand_id: brand, id: block }).forUpdate().first('released_at', 'scope', 'code');
}

export async function endBlock(trx: Db, block: number, now: number): Promise<void> {
  await trx('blocks')
    .where({ id: block })
    .update({ released_at: new Date(now) });
}
