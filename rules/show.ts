/** Rule packs in words: the windows that are open at a moment, and the rows that a person should look at. */
import { applyRules } from '../domain/rules/applied-rules.ts';
import { DAY } from '../domain/time/duration.ts';
import { hoursOf } from '../domain/sending/gate/hours.ts';
import { localTime } from '../domain/time/local-time.ts';
import type { MessageClass } from '../domain/sending/message.ts';
import { calendarsEnding, ownPacks, packsToReview, CONFIDENCES, DEFAULT_PACK } from '../domain/rules/rule-pack.ts';
import type { RulePacks } from '../domain/rules/rule-pack.ts';
import { allowedUntil, nextOpening } from '../domain/time/windows.ts';
import type { ZoneData } from '../domain/place/zones.ts';

interface ShownRules {
  readonly packs: RulePacks;
  readonly zones: ZoneData;
}

/** Half a year: time enough to make the next snapshot of holidays. */
const SOON = 180 * DAY;

/** A line for each jurisdiction at a moment, epoch ms: its local time, and whether promotions and news of orders may go out. */
export function windowsTable({ packs, zones }: ShownRules, at: number): string {
  const lines = Object.values(packs.packs)
    .toSorted((a, b) => order(a.id, b.id))
    .map(({ id, name }) => {
      const zone = typicalZone(id, zones);
      const answers = (['promotional', 'transactional'] as const).map((each) => answer(packs, id, each, zone, at));
      return [`${id}  ${name}`, `${shown(at, zone)} ${zone}`, ...answers];
    });
  return columns([['jurisdiction', 'local time', 'promotions', 'news of an order that can wait'], ...lines]);
}

/** Counts, and a line for everything that asks for attention at a moment, epoch ms. */
export function checkReport(packs: RulePacks, now: number): string {
  const own = ownPacks(packs);
  const rows = own.flatMap((pack) => pack.rows);
  const children = Object.keys(packs.packs).length - own.length;
  const byConfidence = CONFIDENCES.map(
    (letter) => `${rows.filter(({ confidence }) => confidence === letter).length} ${letter}`,
  );
  return [
    `${own.length} packs and ${children} places that have their parent's, ${rows.length} rows (${byConfidence.join(', ')}), no mistakes`,
    ...packsToReview(packs, now).map(({ id, reviewBy }) => `${id}: to be reviewed since ${reviewBy}`),
    ...calendarsEnding(packs, now, SOON).map(({ name, lastDay }) => `calendar ${name} ends on ${lastDay}`),
    packs.packs[DEFAULT_PACK]?.disclaimer ?? '',
  ].join('\n');
}

function answer(packs: RulePacks, id: string, messageClass: MessageClass, zone: string, at: number): string {
  const rules = hoursOf(applyRules(packs, [id], messageClass, at), packs.calendars, false);
  const all = rules.map(({ hours }) => hours);
  const until = allowedUntil(all, [zone], at);
  if (until !== undefined) {
    const first = rules.find(({ hours }) => allowedUntil([hours], [zone], at) === until);
    return `open until ${shown(until, zone)} (${first?.rule ?? ''})`;
  }
  const opens = nextOpening(all, [zone], at);
  const opening = rules.map(({ rule, hours }) => ({ rule, at: nextOpening([hours], [zone], at) ?? Infinity }));
  const last = opening.toSorted((a, b) => b.at - a.at)[0];
  return `closed until ${opens === undefined ? 'further notice' : shown(opens, zone)} (${last?.rule ?? ''})`;
}

/** Where the first of a place's zones, from east to west, is not that of most people, or the place is no country. */
const TYPICAL: Readonly<Record<string, string>> = { CA: 'America/Toronto', EU: 'Europe/Brussels' };

function typicalZone(id: string, { countries }: ZoneData): string {
  const [country = '', region = ''] = id.split('-');
  const found = countries[country];
  return TYPICAL[id] ?? found?.regions[region]?.[0] ?? found?.zones[0] ?? 'UTC';
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function shown(at: number, zone: string): string {
  const { weekday, month, day, hour, minute } = localTime(at, zone);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${WEEKDAYS[weekday - 1]} ${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

function order(a: string, b: string): number {
  if (a === DEFAULT_PACK || b === DEFAULT_PACK) return a === DEFAULT_PACK ? -1 : 1;
  return a < b ? -1 : 1;
}

function columns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
