/** Wall clocks as the platform sees them, apart from the code under test, and the moments at which they are most likely wrong. */
import type { LocalTime } from '../../../domain/time/local-time.ts';
import { isBrief, isWhole } from '../../helpers/whole.ts';

const HOUR = 3_600_000;

export const TESTED_ZONES: readonly string[] = Intl.supportedValuesOf('timeZone');

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = new Map<string, Intl.DateTimeFormat>();

export function expectedWallClock(at: number, zone: string): LocalTime {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    year: Number(parts['year']),
    month: Number(parts['month']),
    day: Number(parts['day']),
    weekday: WEEKDAYS.indexOf(parts['weekday'] ?? '') + 1,
    hour: Number(parts['hour']),
    minute: Number(parts['minute']),
  };
}

export function minuteOfDay(at: number, zone: string): number {
  const { hour, minute } = expectedWallClock(at, zone);
  return hour * 60 + minute;
}

export interface ZoneMoment {
  readonly zone: string;
  readonly at: number;
}

let found: readonly ZoneMoment[] | undefined;

/**
 * Of every zone: moments around each clock change of 2026, or around two ordinary days where there is none. Of zones whose clocks go the
 * same way in 2026, as those of Rome and Paris, the first stands for all unless all are asked for: 64 of 418.
 */
export function aroundChanges(): readonly ZoneMoment[] {
  found ??= byClock().flatMap(([{ zone, changes }, ...same]) => {
    const centres = changes.length > 0 ? changes : [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)];
    const zones = [zone, ...(isWhole ? same.map((other) => other.zone) : [])];
    return zones.flatMap((each) =>
      centres.flatMap((centre) =>
        [-26, -9, -1, 0, 1, 9, 26].map((hours) => ({ zone: each, at: centre + hours * HOUR })),
      ),
    );
  });
  return found;
}

/** Both hemispheres, half an hour of summer, days that begin at one o'clock, and none at all. */
const FEW = [
  'Europe/Rome',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
];

interface ZoneChanges {
  readonly zone: string;
  readonly changes: readonly number[];
}

/** The zones, together where their clocks go the same way in 2026. */
function byClock(): readonly (readonly [ZoneChanges, ...ZoneChanges[]])[] {
  const zones = (isBrief ? FEW : TESTED_ZONES).map((zone) => ({ zone, changes: changesOf2026(zone) }));
  const groups = Map.groupBy(zones, ({ zone, changes }) => JSON.stringify([ahead(YEAR_BEGINS, zone), changes]));
  return [...groups.values()].flatMap(([first, ...same]) => (first ? [[first, ...same] as const] : []));
}

const YEAR_BEGINS = Date.UTC(2026, 0, 1);

function ahead(at: number, zone: string): number {
  const { year, month, day, hour, minute } = expectedWallClock(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute) - at;
}

function changesOf2026(zone: string): number[] {
  const changes: number[] = [];
  for (let week = YEAR_BEGINS; week < Date.UTC(2027, 0, 1); week += 168 * HOUR) {
    let [low, high] = [week, week + 168 * HOUR];
    if (ahead(low, zone) === ahead(high, zone)) continue;
    const old = ahead(low, zone);
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 120_000) * 60_000;
      if (ahead(middle, zone) === old) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}
