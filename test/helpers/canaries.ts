/** Looks for words and numbers that occur only in one person's data, in places where they must not be. */
import type { Db } from '../../db/connection/connect.ts';

/** A number in all ways in which it may be written: with and without its +, in base64 at every offset, and in hex. */
export function spellings(e164: string): string[] {
  const digits = e164.replace('+', '');
  return [e164, digits, ...encodings(digits)];
}

/** A word as it may stand inside something that was encoded: of base64, the part that is the same wherever it begins. */
export function encodings(word: string): string[] {
  const hex = Buffer.from(word).toString('hex');
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from('\0'.repeat(offset) + word)
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(offset === 0 ? 0 : offset + 1, -2);
  });
  return [hex, ...base64.filter((part) => part.length >= 6)];
}

/** Those of the words that a text contains, in upper or lower case. */
export function foundIn(text: string, words: readonly string[]): string[] {
  const low = text.toLowerCase();
  return words.filter((word) => low.includes(word.toLowerCase()));
}

/** `table: word` for every table of the database that has one of the words in any row. Bytes are looked at as text and as hex. */
export async function findInDatabase(db: Db, words: readonly string[]): Promise<string[]> {
  const { rows: tables } = await db.raw<{ rows: { name: string }[] }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await db.raw<{ rows: { line: string }[] }>('select cast(to_jsonb(t) as text) as line from ?? t', [
      name,
    ]);
    const text = rows.map(({ line }) => `${line}\n${bytesIn(line)}`).join('\n');
    found.push(...foundIn(text, words).map((word) => `${name}: ${word}`));
  }
  return found;
}

/** The bytea columns of a row as text. */
function bytesIn(line: string): string {
  return [...line.matchAll(/\\\\x([0-9a-f]{8,})/g)]
    .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
    .join(' ');
}

/** JSON with every base64 payload decoded beside it: what a person with access to Temporal would see. */
export function readable(json: string): string {
  return json.replaceAll(
    /"([A-Za-z0-9+/]{8,}={0,2})"/g,
    (_, data: string) => `${data} ${Buffer.from(data, 'base64').toString('utf8')}`,
  );
}
