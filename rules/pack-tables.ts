/** The rules of all places as tables for people: what counsel reads. */
import { lineageOf } from '../domain/rules/applied-rules.ts';
import type { RulePack, RulePacks, Row, Rule } from '../domain/rules/rule-pack.ts';
import { ownPacks } from '../domain/rules/rule-pack.ts';
import type { Window } from '../domain/time/windows.ts';

export const PACK_HEAD = [
  'pack',
  'place',
  'inherits from',
  'promotions go out',
  'consent to promotions',
  'more rows about',
  'review by',
];

/** A line for each pack with rows of its own; places that only inherit are named with their pack. */
export function packRows(packs: RulePacks): readonly (readonly string[])[] {
  return sorted(packs).map((pack) => {
    const { id, name, parent, rows, reviewBy } = pack;
    const heirs = Object.values(packs.packs).filter((other) => other.parent === id && other.rows.length === 0);
    const lineage = lineageOf(packs, id);
    const others = new Set(rows.map(({ rule }) => rule.kind).filter((kind) => !SHOWN.includes(kind)));
    return [
      `\`${id}\``,
      [name, ...heirs.map((heir) => heir.name)].join(', '),
      parent === undefined ? '' : `\`${parent}\``,
      [said(lineage, 'hours'), said(lineage, 'holidays')].filter((part) => part !== '').join('; '),
      said(lineage, 'consent'),
      [...others].map((kind) => kind.replaceAll('_', ' ')).join(', '),
      reviewBy,
    ];
  });
}

export const ROW_HEAD = ['row', 'what it says', 'classes', 'basis', 'confidence', 'holds', 'sources'];

/** A line for each row: the list for counsel to confirm. */
export function ruleRows(packs: RulePacks): readonly (readonly string[])[] {
  return sorted(packs).flatMap(({ rows }) =>
    rows.map((row) => [
      `\`${row.id}\``,
      escaped(row.says),
      row.classes.join(', '),
      row.basis.replaceAll('_', ' '),
      row.confidence,
      dates(row),
      row.sources
        .map(({ title, publisher, date }) => [title, publisher, date].filter((part) => part !== undefined).join(', '))
        .map(escaped)
        .join('; '),
    ]),
  );
}

/** Its own rows about promotions, else those it inherits. */
function said(lineage: readonly RulePack[], kind: Rule['kind']): string {
  const found = lineage
    .map(({ rows }) => rows.filter(({ rule, classes }) => rule.kind === kind && classes.includes('promotional')))
    .find((rows) => rows.length > 0);
  return (found ?? []).map(({ rule }) => short(rule)).join('; ');
}

const SHOWN: readonly Rule['kind'][] = ['hours', 'holidays', 'consent'];

function short(rule: Rule): string {
  switch (rule.kind) {
    case 'hours':
      return rule.windows.map(shortWindow).join(', ') + (rule.liftedBy ? ', else with a consent for the night' : '');
    case 'holidays':
      return rule.mode === 'closed' ? 'not on holidays' : 'holidays as Sundays';
    case 'consent': {
      if (rule.accepts === 'none') return 'none';
      const confirmed = rule.doubleOptIn === undefined ? '' : `, double opt-in ${rule.doubleOptIn}`;
      return rule.accepts.join(' or ').replaceAll('_', ' ') + confirmed;
    }
    default:
      return rule.kind;
  }
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function shortWindow({ days, from, to }: Window): string {
  const [first = 1] = days;
  const last = days.at(-1) ?? first;
  const inARow = days.every((day, at) => day === first + at);
  const names = days.map((day) => DAYS[day - 1] ?? '');
  const said = inARow && days.length > 1 ? `${DAYS[first - 1] ?? ''}-${DAYS[last - 1] ?? ''}` : names.join(' ');
  return `${days.length === 7 ? '' : `${said} `}${from}-${to}`;
}

function dates({ effectiveFrom, effectiveTo }: Row): string {
  const from = effectiveFrom === undefined ? '' : `from ${effectiveFrom}`;
  return effectiveTo === undefined ? from : `${from} until ${effectiveTo}`.trim();
}

/** `<ADV>` is no element of a page, and `|` ends no cell. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function sorted(packs: RulePacks): readonly RulePack[] {
  return ownPacks(packs).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
