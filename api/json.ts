/** JSON without loss. Node 24 gives a reviver the source text of every number. */
import { createHash } from 'node:crypto';
import { notJson, notUtf8, tooDeep } from './problem.ts';

/** Bytes of a list of 1000 lines, each with the words that were agreed to. */
export const LIST_LIMIT = 2 * 1024 * 1024;
/** Our deepest schema has 4 levels; 10,000 would end JSON.parse's own stack. */
const DEPTH_LIMIT = 64;

/**
 * The JSON value of a body. A number that a double cannot hold digit for digit (820982911946154508), or that is written in
 * another way than JavaScript would (398.00), comes as the string of its source text. Throws a Problem.
 */
export function parseJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  if (isDeeperThan(text, DEPTH_LIMIT)) throw tooDeep(DEPTH_LIMIT);
  try {
    return JSON.parse(text, keepDigits) as unknown;
  } catch (error) {
    throw notJson(positionOf(error, text));
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8();
  }
}

/** TypeScript's library does not know the third argument yet. */
function keepDigits(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? context.source
    : value;
}

/** Scans instead of parsing, so that depth costs no stack. Broken JSON is left to the parser. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === '\\') at += 1;
      else if (sign === '"') quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === '{' || sign === '[') {
      depth += 1;
      if (depth > limit) return true;
    } else if (sign === '}' || sign === ']') depth -= 1;
  }
  return false;
}

/** V8 often says at which character; its message also quotes the body, so it is not passed on. */
function positionOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : '';
  const at = /at position (\d+)/.exec(message)?.[1];
  if (at === undefined) return message.startsWith('Unexpected end') ? ': it ends too early' : '';
  const before = text.slice(0, Number(at)).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Tells whether two requests say the same: SHA-256 of the value with sorted keys, so white space and order do not count. */
export function contentHash(...values: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(values, sortKeys)).digest();
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
