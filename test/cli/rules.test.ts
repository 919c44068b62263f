import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { startProgram } from '../../dev/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'dopo-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function rules(...args: readonly string[]): Promise<{ code: number | string; said: string }> {
  const program = startProgram(['cli/rules.ts', ...args]);
  return { code: await program.ended, said: program.output() };
}

describe('npm run rules', () => {
  it('check ends with 0 and counts when there is no mistake, overdue packs included', async () => {
    const { code, said } = await rules('check', '--at', '2027-06-01T00:00:00Z');
    expect(code).toBe(0);
    expect(said).toMatch(/^\d+ packs and .*, no mistakes\n/);
    expect(said).toContain('IT: to be reviewed since 2027-05-21');
  });

  it('check ends with 1 and names file, line and column of every mistake', async () => {
    cpSync(fileURLToPath(new URL('../../rules', import.meta.url)), folder, { recursive: true });
    const path = join(folder, 'packs', 'AT.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('basis:', 'base:'));
    const { code, said } = await rules('check', folder);
    expect(code).toBe(1);
    expect(said.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^rules\/packs\/AT\.yaml:\d+:5 rows\.0\.basis: /),
      expect.stringMatching(/^rules\/packs\/AT\.yaml:\d+:5 rows\.0\.base: unknown key$/),
    ]);
  });

  it('table prints every jurisdiction at the moment asked for, and that it is no legal advice', async () => {
    const { code, said } = await rules('table', '--at', '2027-03-14T10:00:00Z');
    expect(code).toBe(0);
    expect(said).toMatch(/^At 2027-03-14T10:00:00\.000Z, /);
    expect(said).toContain('Not legal advice.');
    expect(said).toMatch(
      /^US-TX {2}Texas +Sun 03-14 05:00 America\/Chicago +closed until Sun 03-14 12:00 \(us-tx\.hours\)/m,
    );
  });

  it('anything else ends with 2 and says how to call it', async () => {
    for (const args of [[], ['tabel'], ['table', '--at', 'noon'], ['table', '--when', 'now']]) {
      const { code, said } = await rules(...args);
      expect(code).toBe(2);
      expect(said).toContain('usage: npm run rules -- check|table');
    }
  });
});
