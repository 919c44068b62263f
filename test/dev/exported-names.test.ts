import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Names that every file of a kind has to export, and the keys of tests beside those of the drills. */
const BY_DESIGN: readonly string[] = ['up', 'down', 'page', 'terms', 'keys', 'storeOf', 'tokenOf'];

const EXPORTED = /^export (?:async )?(?:function\*?|const|interface|type|class) (\w+)/gm;

it('an exported name stands in one file, so that a search for it finds one meaning', () => {
  const listed = execFileSync('git', ['ls-files', '*.ts'], { encoding: 'utf8' });
  const files = new Map<string, string[]>();
  for (const file of listed.trim().split('\n'))
    for (const name of new Set(Array.from(readFileSync(file, 'utf8').matchAll(EXPORTED), ([, found = '']) => found)))
      files.set(name, [...(files.get(name) ?? []), file]);
  const repeated = [...files].filter(([name, where]) => where.length > 1 && !BY_DESIGN.includes(name));
  expect(Object.fromEntries(repeated)).toEqual({});
});
