/** Messages of an erased person that the provider is asked to forget, and its answers. */
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

export interface RedactionJob {
  readonly providerId: string;
  readonly direction: 'outbound' | 'inbound';
  /** The number of times that the provider was asked. */
  readonly tries: number;
  /** From when on its redaction is due, epoch ms. */
  readonly listedAt: number;
}

/**
 * Lists the person's messages that the provider knows, sent and received; also those about their orders that went to a wrong number, and
 * texts they wrote before the number was known to be theirs. The list stays as it is. A message whose id is known only later is added by
 * the database (migration late_redactions).
 */
export async function listRedactions(db: Db, erasure: string, now: number): Promise<void> {
  await db.raw(
    `with about as (
         select e.id as erasure, m.id from erasures e join messages m on m.contact_id = e.contact_id where e.id = :erasure
         union select e.id, m.id from erasures e join orders o on o.brand_id = e.brand_id and o.contact_id = e.contact_id
           join messages m on m.brand_id = o.brand_id and m.order_id = o.id where e.id = :erasure)
     insert into erasure_redactions (erasure_id, provider_id, direction, next_at, listed_at)
       select id, provider_id, direction, cast(:now as timestamptz), cast(:now as timestamptz) from (
         select m.erasure as id, a.provider_id, 'outbound' as direction
           from about m join attempts a on a.message_id = m.id where a.provider_id is not null
         -- An attempt that the provider has taken twice has a second id, which only its receipts name.
         union select m.erasure, s.provider_id, 'outbound'
           from about m join attempts a on a.message_id = m.id join all_statuses s on s.attempt_id = a.id
         union select e.id, i.provider_id, 'inbound'
           from erasures e join conversations c on c.contact_id = e.contact_id join inbound_messages i on i.conversation_id = c.id
          where e.id = :erasure
         union select e.id, i.provider_id, 'inbound'
           from erasures e join addresses d on d.contact_id = e.contact_id
             join inbound_messages i on i.brand_id = d.brand_id and i.address = d.address and i.conversation_id is null
          where e.id = :erasure and d.retired_at is null) known
     on conflict do nothing`,
    { erasure, now: timestamp(now) },
  );
}

interface JobRow {
  provider_id: string;
  direction: RedactionJob['direction'];
  tries: number;
  listed_at: Date;
}

/** Messages whose redaction is due, the oldest request first. */
export async function dueRedactions(db: Db, erasure: string, limit: number, now: number): Promise<RedactionJob[]> {
  const rows: JobRow[] = await db('erasure_redactions')
    .where({ erasure_id: erasure })
    .whereNull('result')
    .where('next_at', '<=', timestamp(now))
    .orderBy(['next_at', 'provider_id'])
    .limit(limit)
    .select('provider_id', 'direction', 'tries', 'listed_at');
  return rows.map(({ provider_id: providerId, listed_at: listedAt, ...row }) => ({
    providerId,
    listedAt: listedAt.getTime(),
    ...row,
  }));
}

/** Erasures at their end that have a redaction due again: the provider has since told the id of a message. */
export async function erasuresWithLateRedactions(db: Db, limit: number, now: number): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select distinct e.id from erasure_redactions r join erasures e on e.id = r.erasure_id
      where r.result is null and r.next_at <= ? and e.done_at is not null order by e.id limit ?`,
    [timestamp(now), limit],
  );
  return rows.map(({ id }) => id);
}

export type RedactionResult =
  | { readonly result: 'redacted' | 'not_found' }
  | { readonly result: 'refused'; readonly code: string }
  /** Notes that the provider is to be asked again at `nextAt`, epoch ms. */
  | { readonly result: 'later'; readonly code: string; readonly nextAt: number };

export async function recordRedaction(
  db: Db,
  erasure: string,
  providerId: string,
  outcome: RedactionResult,
  now: number,
): Promise<void> {
  await db('erasure_redactions')
    .where({ erasure_id: erasure, provider_id: providerId })
    .whereNull('result')
    .update({
      tries: db.raw('tries + 1'),
      at: new Date(now),
      code: 'code' in outcome ? outcome.code : null,
      ...(outcome.result === 'later' ? { next_at: new Date(outcome.nextAt) } : { result: outcome.result }),
    });
}

export interface RedactionProgress {
  readonly counts: { readonly redacted: number; readonly not_found: number; readonly refused: number };
  /** When the next message has to be asked for, epoch ms. Absent: all have their answer. */
  readonly nextAt?: number;
}

const NONE = { redacted: 0, not_found: 0, refused: 0, next_at: null };

export async function redactionProgress(db: Db, erasure: string): Promise<RedactionProgress> {
  const { rows } = await db.raw<{
    rows: { redacted: number; not_found: number; refused: number; next_at: Date | null }[];
  }>(
    `select count(*) filter (where result = 'redacted') as redacted, count(*) filter (where result = 'not_found') as not_found,
       count(*) filter (where result = 'refused') as refused, min(next_at) filter (where result is null) as next_at
       from erasure_redactions where erasure_id = ?`,
    [erasure],
  );
  const [{ next_at: nextAt, ...counts } = NONE] = rows;
  return { counts, ...(nextAt !== null && { nextAt: nextAt.getTime() }) };
}

/** Refused: an operator has to ask the provider by hand. */
export async function countRefusedRedactions(db: Db): Promise<number> {
  const [row] = await db('erasure_redactions').where({ result: 'refused' }).count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}
