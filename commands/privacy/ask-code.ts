/** Codes by which a person proves that the number is theirs now. Only the request is stored: the code is computed from its id. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import { CODE_TRIES, FILE_LIFE, LINK_TRIES } from '../../domain/privacy/access-code.ts';
import { CUSTOMER } from '../../domain/access/audit.ts';
import { DAY } from '../../domain/time/duration.ts';
import { countWrong, isOnItsWay, lastCode, markFetched, markUsed, nextCodeAt } from '../../db/contacts/access-codes.ts';
import { forgetTexts, storeAskedText } from '../../db/contacts/asked-texts.ts';
import { revokeLinks } from '../contacts/revoke-links.ts';
import type { Person } from '../../db/consent/person.ts';

/** The six digits that belong to a request. */
export type CodeOf = (request: string) => string;

/**
 * The codes by all secrets in use: a text may have been sent before the newest secret was set, or by a process that
 * does not have it yet.
 */
export type AccessCodes = (request: string) => readonly string[];

/** `keys`: the newest first; it makes the codes. */
export function accessCodes([newest]: readonly [Buffer, ...Buffer[]]): CodeOf {
  return codesWith(newest);
}

export function knownCodes(keys: readonly Buffer[]): AccessCodes {
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
  person: Person,
  opens: CodePurpose,
  now: number,
): Promise<'asked' | 'too_many'> {
  const { address, epoch } = person;
  if (await isOnItsWay(trx, { address: address.id, epoch, opens }, now)) return 'asked';
  if ((await nextCodeAt(trx, address.id, now)) !== undefined) return 'too_many';
  await forgetTexts(trx, address.id, now - KEPT_FOR);
  await storeAskedText(trx, person, { kind: 'access_code', opens }, now);
  return 'asked';
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
  codesOf: AccessCodes,
  person: Person,
  { opens, code }: { readonly opens: CodePurpose; readonly code: string | undefined },
  now: number,
): Promise<UsedCode | 'wrong' | 'used_up' | 'revoked'> {
  const { brand, contact, address, epoch } = person;
  const open = await lastCode(trx, { address: address.id, epoch, opens }, now);
  if (!open) return 'wrong';
  if (open.used_up) return 'used_up';
  if (code !== undefined && codesOf(open.id).some((right) => isSame(code, right))) {
    await markUsed(trx, open.id, now);
    return { request: open.id };
  }
  if ((await countWrong(trx, open.id, { address: address.id, epoch })) < LINK_TRIES)
    return open.wrong_codes + 1 < CODE_TRIES ? 'wrong' : 'used_up';
  const links = { brand: brand.id, contact, address: address.e164 };
  await revokeLinks(trx, { ...links, actor: CUSTOMER, why: 'wrong_codes' }, now);
  return 'revoked';
}

/**
 * Takes the one fetch of the file that a right code has opened. Returns false if it was taken before, or the code was used more than
 * `FILE_LIFE` ago. Call with the number locked.
 */
export async function takeExportFile(
  trx: Knex.Transaction,
  { address, epoch }: Person,
  request: string,
  now: number,
): Promise<boolean> {
  return markFetched(trx, request, { address: address.id, epoch }, { usedSince: now - FILE_LIFE, now });
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
