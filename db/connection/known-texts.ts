/**
 * knex's client for PostgreSQL, which remembers what a text with named values (`:brand`) becomes. knex itself searches the text for names,
 * and then for question marks, at every call: 5 to 9 % of the time of each process, as most texts are constants of some kilobytes. Outside of
 * a transaction such a text also runs without knex's runner.
 */
import type { Knex } from 'knex';
import knex from 'knex';

/**
 * Most texts are constants; the cursor of an export is one of the exceptions. Above this number, all are forgotten
 * and read again.
 */
const MOST_TEXTS = 1_000;
/** Characters. Longer texts are not kept, because the insert of 200 items has as many forms. */
const LONGEST_TEXT = 32_768;

type Values = Readonly<Record<string, unknown>>;

interface Raw {
  toSQL(): object;
  /** Set for a text with named values. Returns undefined where knex has to compile the text. */
  short?: () => Asked | undefined;
}

/** The argument of knex's `query`, which adds the answer to it. */
interface Asked {
  readonly method: 'raw';
  readonly sql: string;
  readonly bindings: readonly unknown[];
  readonly options: object;
  readonly response?: unknown;
}

interface Form {
  /** The text with a question mark for each value, as knex builds it. */
  readonly sql: string;
  /** Names of the values in the order of the question marks. */
  readonly names: readonly string[];
  /** Words after a colon that name no value, such as the type of a cast. */
  readonly words: readonly string[];
}

/** knex makes one for a configuration that names no server. It is not exported by name. */
const Plain = knex({ client: 'pg' }).client.constructor as typeof Knex.Client;

export class KnownTextsClient extends Plain {
  /** Set in the copy of the client that knex makes for a transaction. */
  declare readonly transacting?: boolean;

  override raw(...args: readonly unknown[]): Raw {
    const raw: Raw = super.raw(...(args as [unknown]));
    const [text, values] = args;
    if (typeof text !== 'string' || !isNamed(values)) return raw;
    const compile = raw.toSQL.bind(raw);
    const short = (): Asked | undefined => compiled(text, values);
    return Object.assign(raw, { toSQL: () => short() ?? compile(), short });
  }

  /** knex's own runner emits an event for each step and makes six promises: a fifth of the time that a short statement takes in this process. */
  override runner(builder: Raw): { run(): Promise<unknown> } {
    // A transaction has a connection of its own, which knex's runner gives it.
    const asked = this.transacting === true || needsRunner(builder) ? undefined : builder.short?.();
    return asked ? { run: () => runOnPool(this, asked) } : super.runner(builder);
  }

  override positionBindings(sql: string): string {
    return positioned(sql, (text) => super.positionBindings(text));
  }
}

/** True if the caller named a connection or listens to the statement: only knex's runner does that. */
function needsRunner(builder: object): boolean {
  const { _connection: connection, _eventsCount: listeners } = builder as {
    _connection?: object;
    _eventsCount?: number;
  };
  return connection !== undefined || listeners !== 0;
}

/** Runs a text on a connection of the pool and emits `query-response`, as knex's runner does. */
async function runOnPool(client: Knex.Client, asked: Asked): Promise<unknown> {
  const connection: unknown = await client.acquireConnection();
  try {
    await client.query(connection, asked);
    client.emit('query-response', asked.response, asked);
    return asked.response;
  } finally {
    await client.releaseConnection(connection);
  }
}

const positioned = remembering<string>();
const formOf = remembering<Form | undefined>();

/** Undefined: the short way does not fit, so knex runs the text and reports its mistakes. */
function compiled(text: string, values: Values): Asked | undefined {
  const form = formOf(text, () => read(text, values));
  if (!form || form.words.some((word) => Object.hasOwn(values, word))) return undefined;
  const bindings = form.names.map((name) => values[name]);
  return bindings.every(isPlain) ? { method: 'raw', sql: form.sql, bindings, options: {} } : undefined;
}

/** The names as knex finds them. Undefined for a text with an escaped colon, or with the name of a column (`:name:`). */
function read(text: string, values: Values): Form | undefined {
  const names: string[] = [];
  const words: string[] = [];
  let isKnown = true;
  const sql = text.replace(/\\?(:(\w+):(?=::)|:(\w+):(?!:)|:(\w+))/g, (match, found, before, column, name) => {
    if (match !== found || before !== undefined || column !== undefined) isKnown = false;
    const isValue = Object.hasOwn(values, name as string);
    (isValue ? names : words).push(name as string);
    return isValue ? '?' : match;
  });
  return isKnown ? { sql, names, words } : undefined;
}

function isNamed(values: unknown): values is Values {
  return values !== null && typeof values === 'object' && Object.getPrototypeOf(values) === Object.prototype;
}

/**
 * A value that knex passes to the driver unchanged: not a part of a statement, and not a list or object that may
 * contain undefined.
 */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return true;
    case 'object':
      return value === null || value instanceof Date || value instanceof Uint8Array || isPlainList(value);
    default:
      return false;
  }
}

function isPlainList(value: object): boolean {
  return Array.isArray(value) && value.every((one) => !Array.isArray(one) && isPlain(one));
}

/** Keeps the result for a text. */
function remembering<T>(): (text: string, find: (text: string) => T) => T {
  const known = new Map<string, T>();
  return (text, find) => {
    if (known.has(text)) return known.get(text) as T;
    const found = find(text);
    if (text.length > LONGEST_TEXT) return found;
    if (known.size >= MOST_TEXTS) known.clear();
    known.set(text, found);
    return found;
  };
}
