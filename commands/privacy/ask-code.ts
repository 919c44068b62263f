/** Codes by which a person proves that the number is theirs now. Only the request is stored: the code is computed from its id. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import {
  CODE_LIFE,
  CODE_TRIES,
  FILE_LIFE,
  LINK_TRIES,
  MOST_CODES,
  SAME_PRESS,
} from '../../domain/privacy/access-code.ts';
import { CUSTOMER } from '../../domain/access/audit.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { revokeLinks } from '../contacts/revoke-links.ts';
import type { Person } from '../../db/consent/person.ts';

/** The six digits that belong to a request. */
export type CodeOf = (request: string) => string;

/**
 * The codes by all secrets in use: a text may have been sent before the newest secret was set, or by a process that
 * does not have it yet.
 */
export type CodesOf = (request: string) => readonly string[];

/** `keys`: the newest first; it makes the codes. */
export function accessCodes([newest]: readonly [Buffer, ...Buffer[]]): CodeOf {
  return codesWith(newest);
}

export function knownCodes(keys: readonly Buffer[]): CodesOf {
  const all = keys.map(codesWith);
  return (request) => all.map((codeOf) => codeOf(request));
}

/** HMAC-SHA-256 of the request's id, modulo a million. The first 48 bits are used, so the bias of the remainder is below 1 in 10^8. */
function codesWith(key: Buffer): CodeOf {
  return (request) => {
    const mac = createHmac('sha256', key).update(`code 1 ${request}`).digest();
    return String(mac.readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
  };
}

/** A number's rows are kept as long as its links, because they count the wrong guesses made with those links. */
const KEPT_FOR = 91 * DAY;

/**
 * Asks for a code to be texted to the person's number. Call with the number locked, so that each of two requests counts the other. A second
 * press gets the code that is on its way: another one would make it worthless.
 */
export async function askCode(
  trx: Knex.Transaction,
  { brand, contact, address, epoch }: Person,
  opens: CodePurpose,
  now: number,
): Promise<'asked' | 'too_many'> {
  if (await isOnItsWay(trx, { address: address.id, epoch, opens }, now)) return 'asked';
  if ((await nextCodeAt(trx, address.id, now)) !== undefined) return 'too_many';
  await trx('asked_texts')
    .where({ address_id: address.id })
    .where('created_at', '<', timestamp(now - KEPT_FOR))
    .delete();
  const about = { brand_id: brand.id, contact_id: contact, address_id: address.id, link_epoch: epoch };
  await trx('asked_texts').insert({ ...about, kind: 'access_code', opens, created_at: new Date(now) });
  return 'asked';
}

/** Whether a code that still opens something waits for its text, or was asked for within `SAME_PRESS`. */
async function isOnItsWay(
  trx: Knex.Transaction,
  { address, epoch, opens }: { readonly address: number; readonly epoch: number; readonly opens: CodePurpose },
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

/** The request whose code was right. */
export interface UsedCode {
  readonly request: string;
}

/**
 * Whether a code is the last one that was texted for this purpose. A right code is used up. A wrong one is counted, and after `LINK_TRIES`
 * the link is withdrawn. Old and invented codes get the same answer; while the last one is used up, every code is told so. Call with the
 * number locked.
 */
export async function useCode(
  trx: Knex.Transaction,
  codesOf: CodesOf,
  person: Person,
  { opens, code }: { readonly opens: CodePurpose; readonly code: string | undefined },
  now: number,
): Promise<UsedCode | 'wrong' | 'used_up' | 'revoked'> {
  const { brand, contact, address, epoch } = person;
  const { rows } = await trx.raw<{ rows: LastCode[] }>(
    `select id, wrong_codes, used_at is not null or wrong_codes >= :most as used_up from (
       select * from asked_texts where address_id = :address and kind = 'access_code' and opens = :opens and link_epoch = :epoch
        order by created_at desc, id desc limit 1) last
      where created_at > :since`,
    { address: address.id, opens, epoch, most: CODE_TRIES, since: timestamp(now - CODE_LIFE) },
  );
  const [open] = rows;
  if (!open) return 'wrong';
  if (open.used_up) return 'used_up';
  if (code !== undefined && codesOf(open.id).some((right) => isSame(code, right))) {
    await trx('asked_texts')
      .where({ id: open.id })
      .update({ used_at: new Date(now) });
    return { request: open.id };
  }
  await trx('asked_texts').where({ id: open.id }).increment('wrong_codes', 1);
  const wrong = trx('asked_texts').where({ address_id: address.id, link_epoch: epoch });
  const [sum] = await wrong.sum<{ tries: string | number | null }[]>({ tries: 'wrong_codes' });
  if (Number(sum?.tries ?? 0) < LINK_TRIES) return open.wrong_codes + 1 < CODE_TRIES ? 'wrong' : 'used_up';
  const links = { brand: brand.id, contact, address: address.e164 };
  await revokeLinks(trx, { ...links, actor: CUSTOMER, why: 'wrong_codes' }, now);
  return 'revoked';
}

/**
 * Takes the one fetch of the file that a right code has opened. Returns false if it was taken before, or the code was used more than
 * `FILE_LIFE` ago. Call with the number locked.
 */
export async function takeFile(
  trx: Knex.Transaction,
  { address, epoch }: Person,
  request: string,
  now: number,
): Promise<boolean> {
  const taken = await trx('asked_texts')
    .where({ id: request, address_id: address.id, link_epoch: epoch, opens: 'download', fetched_at: null })
    .where('used_at', '>', timestamp(now - FILE_LIFE))
    .update({ fetched_at: new Date(now) });
  return taken === 1;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
