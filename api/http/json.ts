/** JSON without loss. Node 24 gives a reviver the source text of every number. */
import { createHash } from 'node:crypto';
import { notJson, notUtf8, repeatedField, tooDeep } from './problem.ts';

/** Bytes of a list of 1000 lines, each with the words that were agreed to. */
export const LIST_LIMIT = 2 * 1024 * 1024;
/** Our deepest schema has 4 levels; 10,000 would end JSON.parse's own stack. */
const DEPTH_LIMIT = 64;

/**
 * The JSON value of a body. An integer past 2^53 - 1 (820982911946154508) and a decimal that is written in another way than JavaScript
 * would (398.00) come as the string of their source text, other numbers as numbers. Throws a Problem.
 */
export function parseJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  checkShape(text);
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
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const { source } = context;
  // Compares digits and not the number that JavaScript prints: it prints 9007199254740992 exactly and
  // 9007199254740993 wrongly, and is sure of neither.
  if (/^\d+$/.test(source)) return Number.isSafeInteger(value) ? value : source;
  return KEPT_DECIMAL.test(source) && String(value) !== source ? source : value;
}

/**
 * A number with an exponent, or a negative integer, stays a number and is refused there. As a string it would be
 * taken for an id, such as the order "1e21".
 */
const KEPT_DECIMAL = /^-?\d+\.\d+$/;

/**
 * Throws for two things that JSON.parse accepts: any depth, and two fields of one name, of which it keeps the last.
 * It scans and does not parse, so that depth costs no stack. Broken JSON is left to the parser.
 */
function checkShape(text: string): void {
  /** The names of each open object; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let before = '';
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (sign === '"') {
      const start = at;
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
      const names = before === '{' || before === ',' ? open.at(-1) : undefined;
      if (names) addName(names, text.slice(start, at + 1));
    } else if (sign === '{' || sign === '[') {
      if (open.push(sign === '{' ? new Set() : undefined) > DEPTH_LIMIT) throw tooDeep(DEPTH_LIMIT);
    } else if (sign === '}' || sign === ']') open.pop();
    if ('{[,:'.includes(sign)) before = sign;
  }
}

function addName(names: Set<string>, quoted: string): void {
  // Escapes can spell a name in two ways: "phone" and "\u0070hone".
  const name = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1);
  if (name !== undefined && names.has(name)) throw repeatedField(name);
  if (name !== undefined) names.add(name);
}

function unescaped(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

/** V8 often says at which character; its message also quotes the body, so it is not passed on. */
function positionOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : '';
  const at = /at position (\d+)/.exec(message)?.[1];
  if (at === undefined) return message.startsWith('Unexpected end') ? ': it ends too early' : '';
  const before = text.slice(0, Number(at)).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/**
 * SHA-256 of the value with sorted keys. Two requests with the same hash say the same, whatever their white space and
 * order.
 */
export function contentHash(...values: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(values, sortKeys)).digest();
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
