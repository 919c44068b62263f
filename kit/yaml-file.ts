/** Reads a YAML file that people write; every mistake is reported with file, line and column, all at once. */
import { readFileSync } from 'node:fs';
import type { Document } from 'yaml';
import { LineCounter, isMap, isNode, isScalar, parseDocument } from 'yaml';
import type { core, ZodType } from 'zod';
import { wordsOfMistake } from '../domain/text/missing-value.ts';

export interface Mistake {
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

/**
 * All mistakes of one file from top to bottom, a line each: `journeys/standard.yaml:12:5 steps.3.after: not a duration such as 10m, 2h or
 * 5d`.
 */
export class FileMistakes extends Error {
  override readonly name = 'FileMistakes';

  constructor(file: string, mistakes: readonly Mistake[]) {
    const inOrder = mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super(inOrder.map(({ line, column, what }) => `${file}:${line}:${column} ${what}`).join('\n'));
  }
}

export interface YamlFile<T> {
  readonly value: T;
  /** A mistake at a path, for checks that a schema can't express. */
  readonly mistakeAt: (path: readonly PropertyKey[], what: string) => Mistake;
}

/** The validated content of a file. `name` is how mistakes call it. Throws FileMistakes, or the file system's own error. */
export function readYamlFile<T>(path: string | URL, name: string, schema: ZodType<T>): YamlFile<T> {
  return parseYaml(readFileSync(path, 'utf8'), name, schema);
}

/** As `readYamlFile`, of a text. */
export function parseYaml<T>(text: string, name: string, schema: ZodType<T>): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, what: string): Mistake => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, what };
  };
  if (document.errors.length > 0)
    throw new FileMistakes(
      name,
      document.errors.map(({ pos, message }) => at(pos[0], message)),
    );
  const mistakeAt = (path: readonly PropertyKey[], what: string): Mistake =>
    at(offsetOf(document, path), path.length === 0 ? what : `${path.join('.')}: ${what}`);
  const content: unknown = document.toJS();
  const result = schema.safeParse(content);
  if (result.success) return { value: result.data, mistakeAt };
  const findings = result.error.issues.flatMap((issue) => findingsOf(issue, content));
  throw new FileMistakes(
    name,
    findings.map(({ path, message }) => mistakeAt(path, message)),
  );
}

/** All results, or one error with the mistakes of all files, a line each. */
export function allFiles<T, R>(items: readonly T[], read: (item: T) => R): R[] {
  const results: R[] = [];
  const mistakes: FileMistakes[] = [];
  for (const item of items) {
    try {
      results.push(read(item));
    } catch (error) {
      if (!(error instanceof FileMistakes)) throw error;
      mistakes.push(error);
    }
  }
  if (mistakes.length > 0) throw new AggregateError(mistakes, mistakes.map(({ message }) => message).join('\n'));
  return results;
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function findingsOf(issue: core.$ZodIssue, content: unknown): Finding[] {
  switch (issue.code) {
    // An unknown key is reported on its parent; the mistake is where the key stands.
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path: issue.path, message }));
    default:
      return [{ path: issue.path, message: wordsOfMistake(issue, content) }];
  }
}

/**
 * The position of the value. A missing value has the position of the nearest part around it. The position is that of
 * a key rather than of its value.
 */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last);
      if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
