/** Deletes unread webhooks from, or to, the numbers of an erased person. */
import type { Db } from '../connection/connect.ts';

/**
 * Only the `from` and `to` fields are compared. A number inside another person's text, or its digits inside an id, delete nothing:
 * otherwise a sender could have another person's webhooks removed by writing the right digits. A body without these fields, because it is
 * not JSON, is deleted after 30 days like the whole table.
 */
export async function removeUnreadWebhooks(trx: Db, numbers: readonly string[]): Promise<number> {
  const digits = numbers.map(digitsOf);
  const { rows } = await trx.raw<{ rows: { id: number; body: Buffer }[] }>(
    `select id, body from unread_webhooks where exists (
       select from unnest(cast(? as text[])) as d (digits) where position(convert_to(d.digits, 'UTF8') in body) > 0)`,
    [digits],
  );
  const own = rows.filter(({ body }) => partiesOf(body).some((party) => digits.includes(party))).map(({ id }) => id);
  return trx('unread_webhooks').whereIn('id', own).delete();
}

/** The digits of `from` and `to` in a body, or in each element of a list. */
function partiesOf(body: Buffer): readonly string[] {
  return [parsed(body)].flat().flatMap((one) => (isRecord(one) ? [one['from'], one['to']].flatMap(numberIn) : []));
}

/** A party is a number, or an object that holds one. */
function numberIn(party: unknown): readonly string[] {
  if (typeof party === 'string' || typeof party === 'number') return [digitsOf(String(party))];
  return isRecord(party) && party['number'] !== undefined ? numberIn(party['number']) : [];
}

function digitsOf(number: string): string {
  return number.replace(/^\+/, '');
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
