/** Templates and senders that the provider refuses for all recipients. */
import type { Channel, MessageKind } from '../../domain/sending/message.ts';
import { recordAudit } from '../../db/access/audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

/** A refused attempt, with what a stop of its template or its sender would be about. */
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
 * Stops the template or the sender of a refused attempt. True: it was not stopped before. A message that was submitted before an
 * operator released the same stop opens none: receipts come late.
 */
export async function openStop(
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
  const { rows } = await trx.raw<{ rows: { opened: boolean }[] }>(
    `insert into stops (brand_id, scope, channel, kind, locale, sender, code, message_id, opened_at)
       select :brand, :scope, :channel, :kind, :locale, :sender, :code, :message, cast(:now as timestamptz)
        where not exists (select from stops r where r.brand_id = :brand and r.channel = :channel and r.released_at > :submittedAt
          and (r.kind, r.locale, r.sender) is not distinct from (:kind, :locale, :sender))
     on conflict (brand_id, channel, kind, locale, sender) where released_at is null
       do update set refusals = stops.refusals + 1 returning xmax = 0 as opened`,
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
  return rows[0]?.opened ?? false;
}

/** A stop as operations see it. Moments are ISO 8601. */
export interface StopView {
  readonly id: string;
  readonly scope: 'template' | 'sender';
  readonly channel: Channel;
  /** Of a template. */
  readonly kind?: MessageKind;
  readonly locale?: string;
  /** The brand's own. */
  readonly sender?: string;
  readonly code: string;
  /** The first message that was refused. */
  readonly message: string;
  readonly refusals: number;
  readonly openedAt: string;
  readonly releasedAt?: string;
}

interface StopRow {
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

/** Stops of a brand, newest first: those in force, or those that were released. `after` is the id of the last one seen. */
export async function listStops(
  db: Db,
  brand: string,
  { state, after, limit }: { state: 'open' | 'released'; after?: string | undefined; limit: number },
): Promise<{ readonly stops: readonly StopView[]; readonly next?: string }> {
  const query = db<StopRow>('stops')
    .where('brand_id', brand)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  void (state === 'open' ? query.whereNull('released_at') : query.whereNotNull('released_at'));
  if (after !== undefined) void query.where('id', '<', Number(after));
  const rows: StopRow[] = await query;
  const stops = rows.slice(0, limit).map(toView);
  const last = stops.at(-1);
  return rows.length > limit && last ? { stops, next: last.id } : { stops };
}

/** Lifts a stop: what waits for it goes out when it asks the next time. Undefined: no such stop of this brand. */
export async function releaseStop(
  db: Db,
  { brand, stop, actor, reason }: { brand: string; stop: number; actor: string; reason: string },
  now: number,
): Promise<'released' | 'already_released' | undefined> {
  return db.transaction(async (trx) => {
    const row: Pick<StopRow, 'released_at' | 'scope' | 'code'> | undefined = await trx('stops')
      .where({ brand_id: brand, id: stop })
      .forUpdate()
      .first('released_at', 'scope', 'code');
    if (!row) return undefined;
    if (row.released_at) return 'already_released';
    await trx('stops')
      .where({ id: stop })
      .update({ released_at: new Date(now) });
    const subject = { kind: 'stop', id: String(stop) } as const;
    const before = { scope: row.scope, code: row.code };
    await recordAudit(trx, { brand, actor, action: 'release_stop', subject, reason, before }, now);
    return 'released';
  });
}

/** How many stops are in force, over all brands. */
export async function countOpenStops(db: Db): Promise<number> {
  const [row] = await db('stops').whereNull('released_at').count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}

function toView(row: StopRow): StopView {
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
