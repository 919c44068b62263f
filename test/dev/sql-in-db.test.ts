import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function sourcesOf(...folders: readonly string[]): { readonly file: string; readonly text: string }[] {
  const files = execFileSync('git', ['ls-files', '--', ...folders], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(`${ROOT}/${file}`, 'utf8') }));
}

/** A call of a handle of knex, by the names that handles have: `trx('orders')`, `store.db('inbox')`, `db.raw(`. */
const ASKS_DATABASE = /\b(?:db|trx|other|handle)(?:<[^(]*>)?\((?=['"`])|\.raw\b/;

it('a command asks the database through functions of db/ alone', () => {
  const commands = sourcesOf('commands');
  expect(commands.length).toBeGreaterThan(30);
  expect(commands.filter(({ text }) => ASKS_DATABASE.test(text)).map(({ file }) => file)).toEqual([]);
});

it('the pattern finds each way in which a command could ask the database', () => {
  for (const text of [
    "await trx('orders').first()",
    "store.db('inbox')",
    'trx.raw<{ rows: Row[] }>(sql)',
    "db<Row>('x')",
  ])
    expect(text).toMatch(ASKS_DATABASE);
});

it('decisions are inserted by one file', () => {
  const sources = sourcesOf('.').filter(({ file }) => !file.startsWith('test/') && !file.startsWith('migrations/'));
  const inserting = sources.filter(({ text }) =>
    /insert into (?:past_)?decisions\b|\(['"]decisions['"]\)\s*\.insert/i.test(text),
  );
  expect(inserting.map(({ file }) => file)).toEqual(['db/sending/gate/decision-row.ts']);
});
