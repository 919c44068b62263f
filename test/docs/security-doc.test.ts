/** The tables of docs/security.md name every requirement once, every attack, and only tests and places that exist. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const document = readFileSync(new URL('docs/security.md', ROOT), 'utf8');

/** Levels 1 and 2 of OWASP ASVS 5.0.0: the requirements of each section. */
const REQUIREMENTS: Readonly<Record<string, string>> = {
  '1.1': '1-2',
  '1.2': '1-9',
  '1.3': '1-11',
  '1.4': '1-3',
  '1.5': '1-2',
  '2.1': '1-3',
  '2.2': '1-3',
  '2.3': '1-4',
  '2.4': '1',
  '3.2': '1-2',
  '3.3': '1-4',
  '3.4': '1-6',
  '3.5': '1-5',
  '3.7': '1-2',
  '4.1': '1-3',
  '4.2': '1',
  '4.3': '1-2',
  '4.4': '1-4',
  '5.1': '1',
  '5.2': '1-3',
  '5.3': '1-2',
  '5.4': '1-3',
  '6.1': '1-3',
  '6.2': '1-12',
  '6.3': '1-4',
  '6.4': '1-4',
  '6.5': '1-5',
  '6.6': '1-3',
  '6.8': '1-4',
  '7.1': '1-3',
  '7.2': '1-4',
  '7.3': '1-2',
  '7.4': '1-5',
  '7.5': '1-2',
  '7.6': '1-2',
  '8.1': '1-2',
  '8.2': '1-3',
  '8.3': '1',
  '8.4': '1',
  '9.1': '1-3',
  '9.2': '1-4',
  '10.1': '1-2',
  '10.2': '1-2',
  '10.3': '1-4',
  '10.4': '1-11',
  '10.5': '1-5',
  '10.6': '1-2',
  '10.7': '1-3',
  '11.1': '1-2',
  '11.2': '1-3',
  '11.3': '1-3',
  '11.4': '1-4',
  '11.5': '1',
  '11.6': '1',
  '12.1': '1-3',
  '12.2': '1-2',
  '12.3': '1-4',
  '13.1': '1',
  '13.2': '1-5',
  '13.3': '1-2',
  '13.4': '1-5',
  '14.1': '1-2',
  '14.2': '1-4',
  '14.3': '1-3',
  '15.1': '1-3',
  '15.2': '1-3',
  '15.3': '1-7',
  '16.1': '1',
  '16.2': '1-5',
  '16.3': '1-4',
  '16.4': '1-3',
  '16.5': '1-3',
  '17.1': '1',
  '17.2': '1-4',
  '17.3': '1-2',
};

/** `1-3, 7` as numbers. */
function numbersOf(ranges: string): number[] {
  return ranges.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.trim().split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

const rows = document
  .split('\n')
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter(([first = '']) => /^\d+\.\d+\.\d+/.test(first));

/** `1.2.6-8, 2.1.1` as ids. */
function idsOf(cell: string): string[] {
  return cell.split(',').flatMap((part) => {
    const [, section = '', ranges = ''] = /^(\d+\.\d+)\.([\d-]+)$/.exec(part.trim()) ?? [];
    return numbersOf(ranges).map((number) => `${section}.${number}`);
  });
}

describe('docs/security.md', () => {
  it('goes through every requirement of levels 1 and 2, each once', () => {
    const all = Object.entries(REQUIREMENTS).flatMap(([section, ranges]) =>
      numbersOf(ranges).map((number) => `${section}.${number}`),
    );
    expect(all).toHaveLength(253);
    expect(rows.flatMap(([ids = '']) => idsOf(ids)).toSorted()).toEqual(all.toSorted());
  });

  it('gives each row a state, and a test to what is held', () => {
    for (const [ids, state = '', , place = ''] of rows) {
      expect(['held', 'read', 'you', 'open', 'none'], ids).toContain(state);
      if (state === 'held') expect(place, ids).toContain('`test/');
    }
  });

  it('names files that are there', () => {
    const named = [
      ...document.matchAll(/`((?:test|docs|api|pages|vonage|codec|domain|db)\/[\w./-]*|[\w-]+\.(?:ts|cjs|md))`/g),
    ];
    expect(named.length).toBeGreaterThan(50);
    for (const [, path = ''] of named) expect(existsSync(new URL(path, ROOT)), path).toBe(true);
  });

  it('names tests that stand in the file they are named with', () => {
    const named = [...document.matchAll(/`(test\/[\w./-]+\.test\.ts)`((?:,? "[^"]+")+)/g)];
    expect(named.length).toBeGreaterThan(80);
    for (const [, path = '', names = ''] of named) {
      const source = readFileSync(new URL(path, ROOT), 'utf8');
      for (const [, name = ''] of names.matchAll(/"([^"]+)"/g))
        expect(
          ["'", '"', '`'].some((quote) => source.includes(quote + name + quote)),
          `${path}: ${name}`,
        ).toBe(true);
    }
  });

  it('names every attack that is tried', () => {
    const files = readdirSync(new URL('test/attacks', ROOT)).filter((file) => file.endsWith('.test.ts'));
    for (const file of files) expect(document, file).toContain(`\`test/attacks/${file}\``);
  });
});
