/** The rows of codes that were asked for on the preference page (commands/privacy/ask-code.ts). */
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import { CODE_LIFE, CODE_TRIES, MOST_CODES, SAME_PRESS } from '../../domain/privacy/access-code.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

/** The link that a code was asked for with: a number, and the epoch of its links. */
interface CodeLink {
  readonly address: number;
  readonly epoch: number;
}

/** Whether a code that still opens something waits for its text, or was asked for within `SAME_PRESS`. */
export async function isOnItsWay(
  trx: Db,
  { address, epoch, opens }: CodeLink & { readonly opens: CodePurpose },
  now: number,
): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: unknown[] }>(
    `select from (select * from asked_texts where address_id = :address and kind = 'access_code' and opens = :opens and link_epoch = :epoch
        order by created_at desc, id desc limit 1) last
      where used_at is null and wrong_codes < :most and dead_at is null and created_at > :since
        and (started_at is null or created_at > :justNow)`,
    {
      address,
      opens,
      epoch,
      most: CODE_TRIES,
      since: timestamp(now - CODE_LIFE),
      justNow: timestamp(now - SAME_PRESS),
    },
  );
  return rows.length > 0;
}

/**
 * When the number gets another code. Undefined: at once. A code whose text the engine has not taken while it was valid does not count:
 * that text never goes out.
 */
export async function nextCodeAt(db: Db, address: number, now: number): Promise<number | undefined> {
  const { rows } = await db.raw<{ rows: { at: Date }[] }>(
    `select created_at as at from asked_texts where address_id = :address and kind = 'access_code' and created_at > :since
        and dead_at is null and coalesce(started_at, cast(:now as timestamptz)) <= created_at + interval '${CODE_LIFE} ms'
      order by created_at desc`,
    { address, now: timestamp(now), since: timestamp(now - Math.max(...MOST_CODES.map(({ per }) => per))) },
  );
  const moments = MOST_CODES.map(({ max, per }) => (rows[max - 1]?.at.getTime() ?? -Infinity) + per);
  const next = Math.max(...moments);
  return next > now ? next : undefined;
}

interface LastCode {
  id: string;
  used_up: boolean;
  wrong_codes: number;
}

/** The last code that was asked for with this link and is still valid. */
export async function lastCode(
  trx: Db,
  { address, epoch, opens }: CodeLink & { readonly opens: CodePurpose },
  now: number,
): Promise<LastCode | undefined> {
  const { rows } = await trx.raw<{ rows: LastCode[] }>(
    `select id, wrong_codes, used_at is not null or wrong_codes >= :most as used_up from (
       select * from asked_texts where address_id = :address and kind = 'access_code' and opens = :opens and link_epoch = :epoch
        order by created_at desc, id desc limit 1) last
      where created_at > :since`,
    { address, opens, epoch, most: CODE_TRIES, since: timestamp(now - CODE_LIFE) },
  );
  return rows[0];
}

export async function markUsed(trx: Db, request: string, now: number): Promise<void> {
  await trx('asked_texts')
    .where({ id: request })
    .update({ used_at: new Date(now) });
}

/** Counts a wrong code. Returns how many were given with this link. */
export async function countWrong(trx: Db, request: string, { address, epoch }: CodeLink): Promise<number> {
  await trx('asked_texts').where({ id: request }).increment('wrong_codes', 1);
  const wrong = trx('asked_texts').where({ address_id: address, link_epoch: epoch });
  const [sum] = await wrong.sum<{ tries: string | number | null }[]>({ tries: 'wrong_codes' });
  return Number(sum?.tries ?? 0);
}

/** False: the file was fetched before, or the code was used before `usedSince`. */
export async function markFetched(
  trx: Db,
  request: string,
  { address, epoch }: CodeLink,
  { usedSince, now }: { readonly usedSince: number; readonly now: number },
): Promise<boolean> {
  const taken = await trx('asked_texts')
    .where({ id: request, address_id: address, link_epoch: epoch, opens: 'download', fetched_at: null })
    .where('used_at', '>', timestamp(usedSince))
    .update({ fetched_at: new Date(now) });
  return taken === 1;
}
