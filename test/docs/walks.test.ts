import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/architecture.md`, 'utf8');
const SECTION = /^## Three walks\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(PAGE)?.[1] ?? '';

interface Station {
  readonly file: string;
  readonly name: string;
  /** A process takes over here, so no station before it has to import the file. */
  readonly begins: boolean;
}

interface Walk {
  readonly title: string;
  readonly told: number;
  readonly stations: readonly Station[];
}

const WALKS: readonly Walk[] = SECTION.split(/^### /m)
  .slice(1)
  .map((part) => {
    const [, title = '', told = ''] = /^(.*) \((\d+) stations\)$/m.exec(part) ?? [];
    const rows = [...part.matchAll(/^\| *([^|]*?) *\| `([^`]+)`: `(\w+)` +\|/gm)];
    const stations = rows.map(([, process = '', file = '', name = '']) => ({ file, name, begins: process !== '' }));
    return { title, told: Number(told), stations };
  });

/** Half of the 80, 14 and 12 stations that the house had before, and for a STOP the two statements beside them. */
const MOST = [40, 9, 6];

const textOf = (file: string): string => (existsSync(ROOT + file) ? readFileSync(ROOT + file, 'utf8') : '');

function importsOf(file: string): ReadonlySet<string> {
  const found = textOf(file).matchAll(/(?:from|import) '(\.[^']+)'/g);
  return new Set([...found].map(([, target = '']) => posix.join(posix.dirname(file), target)));
}

/** Directly, or through one file between them. */
function leadsTo(from: string, to: string): boolean {
  const near = importsOf(from);
  return near.has(to) || [...near].some((file) => importsOf(file).has(to));
}

describe('The three walks of docs/architecture.md', () => {
  it('are an order event, a STOP and a step, none longer than it may be', () => {
    expect(WALKS.map(({ title }) => title.split(' ').slice(0, 2).join(' '))).toEqual(['An order', 'A STOP', 'A step']);
    for (const [index, { stations, told }] of WALKS.entries()) {
      expect(stations).toHaveLength(told);
      expect(told).toBeLessThanOrEqual(MOST[index] ?? 0);
    }
  });

  it.each(WALKS)('$title: every station is a function of its file, and no file stands twice', ({ stations }) => {
    const missing = stations.filter(
      ({ file, name }) =>
        !new RegExp(String.raw`^(?:export )?(?:async )?(?:function|const) ${name}\b`, 'm').test(textOf(file)),
    );
    expect(missing).toEqual([]);
    expect(new Set(stations.map(({ file }) => file)).size).toBe(stations.length);
  });

  it.each(WALKS)('$title: every station is reached from one before it', ({ stations }) => {
    const unreached = stations.filter(
      ({ file, begins }, index) => !begins && !stations.slice(0, index).some((before) => leadsTo(before.file, file)),
    );
    expect(unreached).toEqual([]);
  });

  it.each(WALKS)('$title: no station imports one before it, apart from rules and statements', ({ stations }) => {
    const climbs = stations.flatMap(({ file }, index) => {
      const imports = importsOf(file);
      return stations
        .slice(0, index)
        .filter((before) => !/^(domain|db)\//.test(before.file) && imports.has(before.file));
    });
    expect(climbs).toEqual([]);
  });
});
