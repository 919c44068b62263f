/**
 * Gives the statements of a pool a name each, so that PostgreSQL plans a statement once per connection and not at
 * every call. Planning was 44 % of its time in a flood of events.
 */
import { createHash } from 'node:crypto';
import type { Client } from 'pg';

/** The number of named texts, and of texts that are still counted: each cursor of an export is a text of its own. */
const MOST_TEXTS = 1_000;
/** A text gets a name at its third call, because each name costs the server process of every connection some 50 KB. */
const NAMED_FROM = 3;
/**
 * A text with more parameters gets no name. A builder makes one for each number of rows, of 4 KB a row: those of orders with up to 200
 * items took 50 MB of every connection.
 */
const MOST_PARAMETERS = 64;

type Answered = (error: Error | null, result: unknown) => void;
type Ask = (config: unknown, answered?: Answered) => unknown;

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Returns the function that a pool calls with each new connection. A statement whose plan is outdated fails once and
 * then runs without a name. Every caller of the database tries again after such an error.
 */
export function namesStatements(): (connection: Client) => void {
  /** Texts and their names: a hash of a long text takes longer than the rest of a short call. */
  const names = new Map<string, string>();
  const stale = new Set<string>();
  /** Number of calls of texts without a name. The text that was called longest ago is first. */
  const calls = new Map<string, number>();

  const nameOf = ({ text, values }: Statement): string | undefined => {
    if (stale.has(text) || values.length > MOST_PARAMETERS) return undefined;
    const known = names.get(text);
    if (known !== undefined) return known;
    const count = (calls.get(text) ?? 0) + 1;
    calls.delete(text);
    if (count >= NAMED_FROM && names.size < MOST_TEXTS) {
      const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
      names.set(text, name);
      return name;
    }
    calls.set(text, count);
    for (const oldest of calls.keys()) if (calls.size > MOST_TEXTS) calls.delete(oldest);
    return undefined;
  };

  return (connection) => {
    const ask = connection.query.bind(connection) as Ask;
    const askByName: Ask = (config, answered) => {
      // knex passes a function. A library that expects a promise runs without a name.
      const name = answered && isStatement(config) ? nameOf(config) : undefined;
      if (!answered || !isStatement(config) || name === undefined) return ask(config, answered);
      return ask({ ...config, name }, (error, result) => {
        if (isStalePlan(error)) stale.add(config.text);
        answered(error, result);
      });
    };
    connection.query = askByName as Client['query'];
  };
}

/** Texts without parameters are left alone: they may be several statements, which cannot have a name. */
function isStatement(config: unknown): config is Statement {
  const { text, values, submit } = config as { text?: unknown; values?: unknown; submit?: unknown };
  return typeof text === 'string' && Array.isArray(values) && values.length > 0 && submit === undefined;
}

/**
 * A migration has changed a table that a named statement reads with `*`. Nothing was stored, and the next call plans
 * again. The SQLSTATE of the error covers everything that PostgreSQL does not support, and its message is in the
 * server's language.
 */
export function isStalePlan(error: unknown): boolean {
  return error instanceof Error && 'routine' in error && error.routine === 'RevalidateCachedQuery';
}
