/** Reads the rule packs and the holidays that they name; what only shows between files is checked here. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import type { RulePack, RulePacks } from '../domain/rules/rule-pack.ts';
import { DEFAULT_PACK } from '../domain/rules/rule-pack.ts';
import { lineageOf } from '../domain/rules/applied-rules.ts';
import type { Mistake, YamlFile } from '../kit/yaml-file.ts';
import { FileMistakes, allFiles, parseYaml } from '../kit/yaml-file.ts';
import type { HolidaysFile, PackFile } from './pack-schema.ts';
import { holidaysFile, packFile } from './pack-schema.ts';

interface ReadFile extends YamlFile<PackFile> {
  /** As mistakes call it: `rules/packs/US-FL.yaml`. */
  readonly name: string;
  /** `US-FL`, as the file is called. */
  readonly stem: string;
  readonly text: string;
}

/**
 * Every `packs/*.yaml` of a folder, with `holidays.json`. Throws an error with a line for each mistake, file, line and column, over
 * all files; or the file system's own error.
 */
export function loadPacks(folder: URL): RulePacks {
  const holidays = holidaysFile.parse(JSON.parse(readFileSync(new URL('holidays.json', folder), 'utf8')));
  const packFolder = new URL('packs/', folder);
  const names = readdirSync(packFolder).filter((name) => name.endsWith('.yaml'));
  const files = allFiles(names.toSorted(), (name) => readPack(packFolder, name));
  const parents = new Map(files.flatMap(({ value }) => parentsIn(value)));
  allFiles(files, (file) => checkAmongOthers(file, files, parents, holidays));
  if (!parents.has(DEFAULT_PACK)) throw new Error('rules/packs: there is no default.yaml');
  const packs = Object.fromEntries(files.flatMap((file) => packsOf(file)).map((pack) => [pack.id, pack]));
  const calendars = Object.fromEntries(
    Object.entries(holidays.calendars).map(([name, days]) => [name, new Set(Object.keys(days))]),
  );
  return { packs: withVersions({ packs, calendars }, files), calendars };
}

function readPack(folder: URL, fileName: string): ReadFile {
  // A clone on Windows has other line ends, but the same rules.
  const text = readFileSync(new URL(fileName, folder), 'utf8').replaceAll('\r\n', '\n');
  const name = `rules/packs/${fileName}`;
  return { ...parseYaml(text, name, packFile), name, stem: fileName.slice(0, -'.yaml'.length), text };
}

function parentsIn({ id, parent, children }: PackFile): (readonly [string, string | undefined])[] {
  return [[id, parent], ...Object.keys(children).map((child) => [child, id] as const)];
}

function checkAmongOthers(
  { value, name, stem, mistakeAt }: ReadFile,
  files: readonly ReadFile[],
  parents: ReadonlyMap<string, string | undefined>,
  holidays: HolidaysFile,
): void {
  const { id, parent, children, rows, reviewBy } = value;
  const mistakes: Mistake[] = [];
  if (id !== stem) mistakes.push(mistakeAt(['id'], `the file is called ${stem}`));
  if (parent !== undefined && !parents.has(parent)) mistakes.push(mistakeAt(['parent'], `no pack ${parent}`));
  else if (comesBackTo(id, parents)) mistakes.push(mistakeAt(['parent'], `${id} would inherit from itself`));
  const lastDay = `${holidays.lastYear}-12-31`;
  for (const child of Object.keys(children)) {
    const others = files.filter((file) => file.value.id === child || Object.hasOwn(file.value.children, child));
    if (others.length > 1 || child === id) mistakes.push(mistakeAt(['children', child], 'has a pack of its own'));
  }
  for (const [at, { rule }] of rows.entries()) {
    if (rule.kind !== 'holidays') continue;
    const path = ['rows', at, 'rule', 'calendar'];
    if (!Object.hasOwn(holidays.calendars, rule.calendar))
      mistakes.push(mistakeAt(path, `no calendar ${rule.calendar} in rules/holidays.json`));
    // Past the last day every holiday would look like a working day: a person has to have looked before that.
    else if (reviewBy > lastDay) mistakes.push(mistakeAt(['reviewBy'], `the calendar ends on ${lastDay}`));
  }
  if (mistakes.length > 0) throw new FileMistakes(name, mistakes);
}

function comesBackTo(id: string, parents: ReadonlyMap<string, string | undefined>): boolean {
  const seen = new Set<string>();
  for (let next = parents.get(id); next !== undefined && !seen.has(next); next = parents.get(next)) {
    if (next === id) return true;
    seen.add(next);
  }
  return false;
}

/** A file's pack and those of its children, still without versions. */
function packsOf({ value }: ReadFile): RulePack[] {
  const { id, parent, name, asOf, reviewBy, disclaimer, children } = value;
  // zod leaves an absent field out, but its types would have it there as `undefined`.
  const rows = value.rows as RulePack['rows'];
  const about = { version: '', asOf, reviewBy, disclaimer };
  return [
    { id, ...(parent !== undefined && { parent }), name, ...about, rows },
    ...Object.entries(children).map(([child, itsName]) => ({
      id: child,
      parent: id,
      name: itsName,
      ...about,
      rows: [],
    })),
  ];
}

/** The version says what a decision rested on: the texts of the pack and its ancestors, and the days of their calendars. */
function withVersions(packs: RulePacks, files: readonly ReadFile[]): Record<string, RulePack> {
  const textOf = new Map(files.flatMap(({ value, text }) => parentsIn(value).map(([id]) => [id, text] as const)));
  const versioned = Object.values(packs.packs).map((pack) => {
    const lineage = lineageOf(packs, pack.id);
    const named = lineage.flatMap(({ rows }) =>
      rows.flatMap(({ rule }) => (rule.kind === 'holidays' ? [rule.calendar] : [])),
    );
    const days = named.map((name) => [name, ...(packs.calendars[name] ?? [])].join(' '));
    const parts = [...new Set(lineage.map(({ id }) => textOf.get(id) ?? ''))];
    const hash = createHash('sha256').update(JSON.stringify([parts, days]));
    return [pack.id, { ...pack, version: hash.digest('hex').slice(0, 12) }] as const;
  });
  return Object.fromEntries(versioned);
}
