/** Dead letters: outbox rows that were refused as often as they may be. A person has to look at them, and can have them tried again: commands/sending/redrive-outbox.ts. */
import type { OutboxName } from '../../domain/sending/outbox.ts';
import { OUTBOX_NAMES } from '../../domain/sending/outbox.ts';
import type { Db } from '../connection/connect.ts';
import { outboxTable } from './outbox.ts';
import { timestamp } from '../connection/timestamp.ts';

/** A dead letter as the API shows it. `deadAt` is ISO 8601 in UTC. It has ids only, because the row's content may be personal. */
export interface DeadLetter {
  readonly outbox: OutboxName;
  readonly id: string;
  readonly about: Readonly<Record<string, string>>;
  readonly tries: number;
  readonly error: string;
  readonly deadAt: string;
}

/** For each outbox, SQL that names the subject of a row `t`. */
const ABOUT: Readonly<Record<OutboxName, string>> = {
  fact: `jsonb_build_object('order', t.order_id, 'event', t.event_id, 'type', t.type)`,
  reply: `jsonb_build_object('inbound', t.id, 'reply', t.reply)`,
  redelivery: `jsonb_build_object('message', t.message_id)`,
  consents: `jsonb_build_object('contact', t.contact_id)`,
  erasure: `jsonb_build_object('erasure', t.id, 'contact', t.contact_id)`,
  asked_text: `jsonb_build_object('text', t.kind, 'contact', t.contact_id)`,
};

export interface DeadLetterFilter {
  readonly outbox?: OutboxName | undefined;
  /** The `next` of the page before. */
  readonly after?: DeadLetterPlace | undefined;
  readonly limit: number;
}

export interface DeadLetterPlace {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

/** A brand's dead letters, oldest first, a page at a time. */
export async function listDeadLetters(
  db: Db,
  brand: string,
  { outbox, after, limit }: DeadLetterFilter,
): Promise<{ readonly dead: readonly DeadLetter[]; readonly next?: DeadLetterPlace }> {
  const parts = (outbox === undefined ? OUTBOX_NAMES : [outbox]).map((name) => {
    const { table, isOwed } = outboxTable(name);
    return `select '${name}' as outbox, cast(t.id as text) as id, ${ABOUT[name]} as about, t.tries, t.last_error as error, t.dead_at
       from ${table} t where t.brand_id = :brand and ${isOwed} and t.dead_at is not null`;
  });
  const { rows } = await db.raw<{ rows: (Omit<DeadLetter, 'deadAt'> & { dead_at: Date })[] }>(
    `select * from (${parts.join(' union all ')}) d
      where (dead_at, id) > (cast(:at as timestamptz), :id) order by dead_at, id limit :limit`,
    { brand, at: timestamp(after?.at ?? 0), id: after?.id ?? '', limit: limit + 1 },
  );
  const dead = rows.slice(0, limit).map(({ dead_at, ...row }) => ({ ...row, deadAt: dead_at.toISOString() }));
  const last = rows[limit - 1];
  return rows.length > limit && last ? { dead, next: { at: last.dead_at.getTime(), id: last.id } } : { dead };
}

/** Dead letters of all brands, by outbox. */
export async function countDeadLetters(db: Db): Promise<ReadonlyMap<OutboxName, number>> {
  const counts = OUTBOX_NAMES.map((name) => {
    const { table, isOwed } = outboxTable(name);
    return `select '${name}' as outbox, count(*) as count from ${table} where ${isOwed} and dead_at is not null`;
  });
  const { rows } = await db.raw<{ rows: { outbox: OutboxName; count: number }[] }>(counts.join(' union all '));
  return new Map(rows.map(({ outbox, count }) => [outbox, count]));
}

/** Makes a brand's dead letters due at once, all of an outbox or one. Returns how many there were. */
export async function resetTries(
  trx: Db,
  { brand, outbox, id }: { readonly brand: string; readonly outbox: OutboxName; readonly id?: string | undefined },
): Promise<number> {
  const { table, isOwed } = outboxTable(outbox);
  const { rowCount } = await trx.raw<{ rowCount: number | null }>(
    `update ${table} set tries = 0, dead_at = null, last_error = null, next_try_at = clock_timestamp()
      where brand_id = :brand and ${isOwed} and dead_at is not null and cast(id as text) = coalesce(:id, cast(id as text))`,
    { brand, id: id ?? null },
  );
  return rowCount ?? 0;
}
