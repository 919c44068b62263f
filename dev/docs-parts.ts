/** The parts of the documentation that are generated from the code, and their pages. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DAY, HOUR, MINUTE } from '../domain/time/duration.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../domain/sending/message.ts';
import type { KindRule } from '../domain/sending/message.ts';
import { FAILURE_REASONS, SKIP_REASONS, WAIT_REASONS } from '../domain/sending/reason.ts';
import { GUARDS } from '../domain/journey/guard.ts';
import { TRIGGERS } from '../domain/journey/trigger.ts';
import { loadStandardJourney } from '../journeys/load.ts';
import { journeyDiagram, journeyTable } from '../journeys/show.ts';
import { loadRules } from '../rules/load.ts';
import { PACK_HEAD, ROW_HEAD, packRows, ruleRows } from '../rules/pack-tables.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import { folderDiagram } from './docs-folders.ts';
import { EVENT_MESSAGES_HEAD, eventMessages } from './event-messages.ts';
import { searchAttributes } from './installation.ts';

const PARTS: Readonly<Record<string, () => string | Promise<string>>> = {
  journey: () => `\`\`\`mermaid\n${journeyDiagram(loadStandardJourney())}\n\`\`\``,
  steps: () => `\`\`\`\n${journeyTable(loadStandardJourney())}\n\`\`\``,
  events: () => table(EVENT_MESSAGES_HEAD, eventMessages(loadStandardJourney())),
  triggers: () => meanings('when', 'happens when', TRIGGERS),
  guards: () => meanings('unless', 'stops the step when', GUARDS),
  kinds: () =>
    table(
      ['message kind', 'class', 'hours', 'urgent', 'useful for'],
      Object.keys(MESSAGE_KINDS).filter(isMessageKind).map(kindRow),
    ),
  folders: folderDiagram,
  'search-attributes': () =>
    table(
      ['name', 'type', 'holds'],
      keysOf(SEARCH_ATTRIBUTES).map((key) => {
        const { name } = SEARCH_ATTRIBUTES[key];
        return [`\`${name}\``, searchAttributes[name] ?? '', SEARCH_ATTRIBUTE_MEANINGS[key]];
      }),
    ),
  'skip-reasons': () => reasons(Object.entries(SKIP_REASONS).map(([reason, { words }]) => [reason, words])),
  'wait-reasons': () => reasons(Object.entries(WAIT_REASONS)),
  'failure-reasons': () => reasons(Object.entries(FAILURE_REASONS)),
  'rule-packs': () => table(PACK_HEAD, packRows(loadRules().packs)),
  'rule-rows': () => table(ROW_HEAD, ruleRows(loadRules().packs)),
};

export interface Page {
  /** Relative to the project. */
  readonly path: string;
  readonly written: string;
  /** The text as it would be written now. */
  readonly current: string;
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Every page of the documentation. Throws when a page asks for a part that is not made here, or a part is never asked for. */
export async function readPages(): Promise<readonly Page[]> {
  const docs = readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
  const top = readdirSync(ROOT);
  const paths = [...top, ...docs].filter((name) => name.endsWith('.md')).map((name) => name.replaceAll('\\', '/'));
  const texts = new Map(
    await Promise.all(Object.entries(PARTS).map(async ([name, make]) => [name, await make()] as const)),
  );
  const used = new Set<string>();
  const pages = paths.toSorted().map((path) => {
    const written = readFileSync(`${ROOT}${path}`, 'utf8');
    return { path, written, current: fill(written, path, texts, used) };
  });
  const unused = [...texts.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`no page has the generated part ${unused.join(', ')}`);
  return pages;
}

const MARKED = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

function fill(page: string, path: string, texts: ReadonlyMap<string, string>, used: Set<string>): string {
  return page.replace(MARKED, (_all, begin: string, name: string, end: string) => {
    const text = texts.get(name);
    if (text === undefined) throw new Error(`${path}: there is no generated part ${name}`);
    used.add(name);
    return `${begin}${text}\n${end}`;
  });
}

function reasons(rows: readonly (readonly [reason: string, meaning: string])[]): string {
  return table(
    ['reason', 'meaning'],
    rows.map(([reason, meaning]) => [`\`${reason}\``, meaning]),
  );
}

function meanings(word: string, title: string, rows: Readonly<Record<string, { readonly means: string }>>): string {
  return table(
    [`\`${word}\``, title],
    Object.entries(rows).map(([name, { means }]) => [`\`${name}\``, means]),
  );
}

function kindRow(kind: keyof typeof MESSAGE_KINDS): readonly string[] {
  const rule = kindRule(kind);
  return [`\`${kind}\``, rule.class, rule.hours, rule.urgent ? 'yes' : '', usefulness(rule)];
}

const UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
] as const;

function usefulness({ usefulFor, sameDayOnly }: KindRule): string {
  if (sameDayOnly) return 'the day of the trigger';
  const [unit, size] = UNITS.find(([, ms]) => usefulFor % ms === 0) ?? ['ms', 1];
  return `${usefulFor / size} ${unit}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function keysOf<T extends object>(value: T): readonly (keyof T)[] {
  return Object.keys(value) as (keyof T)[];
}

/** The meaning of search attributes, for docs/operations.md. A new one does not compile until it is explained here. */
export const SEARCH_ATTRIBUTE_MEANINGS: Readonly<Record<keyof typeof SEARCH_ATTRIBUTES, string>> = {
  brand: "the brand's id",
  contact: "the contact's id, as in `GET /v1/contacts/{id}`",
  phase:
    '`unknown`, `order`, `delivery`, `activation`, `assistance`, `social_proof`, `expansion`, `never_arrived` or `ended`',
  nextStep: 'the step that comes next: `rating_request`, or `shipped#p1` where a step can occur more than once',
  nextDue: 'when it is due',
  hold: 'whether the order is paused',
};
