/** Tokens of numbers, for their move to a new secret (commands/contacts/retoken.ts), and the marks of secrets that were used. */
import type { Db } from '../connection/connect.ts';

export interface AddressRow {
  readonly id: number;
  readonly brand_id: string;
  readonly address: string;
  readonly token: Buffer;
}

/** Up to `most` addresses with a greater id, in its order. */
export async function addressesAfter(db: Db, after: number, most: number): Promise<readonly AddressRow[]> {
  return db('addresses').where('id', '>', after).orderBy('id').limit(most).select('id', 'brand_id', 'address', 'token');
}

/** Returns how many rows had another token. */
export async function setTokens(
  trx: Db,
  rows: readonly { readonly id: number; readonly token: Buffer }[],
): Promise<number> {
  const { rowCount } = await trx.raw<{ rowCount: number | null }>(
    `update addresses a set token = m.token from unnest(cast(:ids as bigint[]), cast(:tokens as bytea[])) as m (id, token)
      where a.id = m.id and a.token is distinct from m.token`,
    { ids: rows.map(({ id }) => id), tokens: rows.map(({ token }) => token) },
  );
  return rowCount ?? 0;
}

/** Tokens of stops and lifts that no stored address has. */
export async function tokensAlone(db: Db): Promise<readonly { readonly brand: string; readonly token: Buffer }[]> {
  const { rows } = await db.raw<{ rows: { brand: string; token: Buffer }[] }>(
    `select distinct s.brand_id as brand, s.token from suppressions s where not exists (
       select from addresses a where a.brand_id = s.brand_id and a.token = s.token)`,
  );
  return rows;
}

export async function newestAddress(db: Db): Promise<AddressRow | undefined> {
  return db('addresses').orderBy('id', 'desc').first('id', 'brand_id', 'address', 'token');
}

export async function secretMarks(db: Db): Promise<readonly Buffer[]> {
  return db('secret_marks').pluck<Buffer[]>('mark');
}

export async function addSecretMarks(db: Db, marks: readonly Buffer[]): Promise<void> {
  await db('secret_marks')
    .insert(marks.map((mark) => ({ mark })))
    .onConflict('mark')
    .ignore();
}

export async function keepOneMark(db: Db, mark: Buffer): Promise<void> {
  await db('secret_marks').whereNot({ mark }).del();
}
