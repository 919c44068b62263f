/** Blocks: templates and senders that the provider refuses for all recipients. */
import type { Channel, MessageKind } from '../../domain/sending/message.ts';
import type { Db } from '../../db/connection/connect.ts';
import { refuseUnknownCursor } from '../../db/connection/pages.ts';

/** A block as operations see it. Moments are ISO 8601. */
export interface BlockView {
  readonly id: string;
  readonly scope: 'template' | 'sender';
  readonly channel: Channel;
  /** Only for the block of a template. */
  readonly kind?: MessageKind;
  readonly locale?: string;
  /** The name that the brand gave it. */
  readonly sender?: string;
  readonly code: string;
  /** The first message that was refused. */
  readonly message: string;
  readonly refusals: number;
  readonly openedAt: string;
  readonly releasedAt?: string;
}

interface BlockRow {
  id: number;
  scope: 'template' | 'sender';
  channel: Channel;
  kind: MessageKind | null;
  locale: string | null;
  sender: string | null;
  code: string;
  message_id: string;
  refusals: number;
  opened_at: Date;
  released_at: Date | null;
}

/** Blocks of a brand, newest first: those in force, or those that were released. `after` is the id of the last one seen. */
export async function listBlocks(
  db: Db,
  brand: string,
  { state, after, limit }: { state: 'open' | 'released'; after?: string | undefined; limit: number },
): Promise<{ readonly blocks: readonly BlockView[]; readonly next?: string }> {
  const query = db<BlockRow>('blocks')
    .where('brand_id', brand)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  void (state === 'open' ? query.whereNull('released_at') : query.whereNotNull('released_at'));
  if (after !== undefined) void query.where('id', '<', Number(after));
  const rows: BlockRow[] = await query;
  await refuseUnknownCursor(rows, after, (id) => db('blocks').where({ brand_id: brand, id }).first('id'));
  const blocks = rows.slice(0, limit).map(toView);
  const last = blocks.at(-1);
  return rows.length > limit && last ? { blocks, next: last.id } : { blocks };
}

/** The number of blocks in force, over all brands. */
export async function countOpenBlocks(db: Db): Promise<number> {
  const [row] = await db('blocks').whereNull('released_at').count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}

function toView(row: BlockRow): BlockView {
  return {
    id: String(row.id),
    scope: row.scope,
    channel: row.channel,
    ...(row.kind !== null && { kind: row.kind }),
    ...(row.locale !== null && { locale: row.locale }),
    ...(row.sender !== null && { sender: row.sender }),
    code: row.code,
    message: row.message_id,
    refusals: row.refusals,
    openedAt: row.opened_at.toISOString(),
    ...(row.released_at && { releasedAt: row.released_at.toISOString() }),
  };
}
