/** Numbers that were stored before there were tokens. SQL does not know the key, so the service makes up for it when it starts. */
import type { TokenOf } from '../../db/addresses/address-token.ts';
import type { Db } from '../../db/connection/connect.ts';
import { copySplitStops } from './split-stops.ts';

const BATCH = 500;

/** The secret is not the one that the tokens in the database were made with. */
export class WrongSecret extends Error {
  override readonly name = 'WrongSecret';
}

/**
 * Idempotent, and several processes may do it at once. Call before anything is sent: a STOP without its token stops no number, nor does
 * one whose token another secret has made. Throws if the newest number has such a one, or if a secret that was used is not listed.
 */
export async function fillTokens(db: Db, tokenOf: TokenOf): Promise<void> {
  await checkSecret(db, tokenOf);
  while ((await fillAddresses(db, tokenOf)) === BATCH);
  while ((await fillSuppressions(db, tokenOf)) === BATCH);
}

async function checkSecret(db: Db, tokenOf: TokenOf): Promise<void> {
  const newest: (Unfilled & { token: Buffer }) | undefined = await db('addresses')
    .whereNotNull('token')
    .orderBy('id', 'desc')
    .first('id', 'brand_id', 'address', 'token');
  const known = newest ? tokenOf.all(newest.brand_id, newest.address) : [];
  const marks = marksOf(tokenOf);
  const used: { mark: Buffer }[] = await db('secret_marks').select('mark');
  const isListed = ({ mark }: { mark: Buffer }): boolean => marks.some((listed) => listed.equals(mark));
  if ((newest && !known.some((token) => token.equals(newest.token))) || !used.every(isListed))
    throw new WrongSecret(
      'DOPO_SECRET is not the one that this database was used with, or lacks a former one: STOPs in it would be forgotten. Start with the former secret; to change it, put the new one before it: new,former.',
    );
  // Of a database from before there were marks, any listed secret may have made tokens.
  await addMarks(db, used.length === 0 ? marks : marks.slice(0, 1));
}

/** The token of a fixed text under each listed secret, the newest first. No brand has an empty id. */
function marksOf(tokenOf: TokenOf): readonly Buffer[] {
  return tokenOf.all('', 'mark');
}

async function addMarks(db: Db, marks: readonly Buffer[]): Promise<void> {
  await db('secret_marks')
    .insert(marks.map((mark) => ({ mark })))
    .onConflict('mark')
    .ignore();
}

/** No token is left that only a former secret recognises: the database may be used without it from now on. */
export async function dropFormerMarks(db: Db, tokenOf: TokenOf): Promise<void> {
  const [newest] = marksOf(tokenOf);
  if (newest) await db('secret_marks').whereNot({ mark: newest }).del();
}

interface Unfilled {
  id: number;
  brand_id: string;
  address: string;
}

async function fillAddresses(db: Db, tokenOf: TokenOf): Promise<number> {
  const found: Unfilled[] = await db('addresses').whereNull('token').orderBy('id').limit(BATCH);
  if (found.length === 0) return 0;
  await db.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: { contact: string }[] }>(
      `update addresses a set token = filled.token from unnest(cast(:ids as bigint[]), cast(:tokens as bytea[])) as filled (id, token)
        where a.id = filled.id and a.token is null returning a.contact_id as contact`,
      tokensOf(found, tokenOf),
    );
    await copySplitStops(trx, contactsOf(rows), Date.now());
  });
  return found.length;
}

async function fillSuppressions(db: Db, tokenOf: TokenOf): Promise<number> {
  const found: Unfilled[] = await db('suppressions_to_fill as f')
    .join('suppressions as s', 's.id', 'f.id')
    .orderBy('f.id')
    .limit(BATCH)
    .select('f.id', 's.brand_id', 'f.address');
  if (found.length === 0) return 0;
  const { ids, tokens } = tokensOf(found, tokenOf);
  await db.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: { contact: string }[] }>(
      `with filled as (
         update suppressions s set token = f.token from unnest(cast(:ids as bigint[]), cast(:tokens as bytea[])) as f (id, token)
          where s.id = f.id and s.token is null returning s.brand_id, s.token),
       done as (delete from suppressions_to_fill where id = any(:ids))
       select distinct a.contact_id as contact from filled f join addresses a on a.brand_id = f.brand_id and a.token = f.token`,
      { ids, tokens },
    );
    await copySplitStops(trx, contactsOf(rows), Date.now());
  });
  return found.length;
}

function contactsOf(rows: readonly { readonly contact: string }[]): readonly string[] {
  return rows.map(({ contact }) => contact);
}

function tokensOf(found: readonly Unfilled[], tokenOf: TokenOf): { ids: number[]; tokens: Buffer[] } {
  return {
    ids: found.map(({ id }) => id),
    tokens: found.map(({ brand_id: brand, address }) => tokenOf(brand, address)),
  };
}
