/**
 * Wall clocks of the world. Every moment is epoch ms, every zone an IANA id; an unknown id throws a RangeError.
 * The only file that knows luxon, and it uses nothing but a zone's offset: gaps and doubled hours are decided here, in one place.
 */
import { IANAZone } from 'luxon';
import { DAY, MINUTE } from './duration.ts';

export interface LocalTime {
  readonly year: number;
  /** 1-12. */
  readonly month: number;
  readonly day: number;
  /** 1 = Monday ... 7 = Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/** A stretch of time without a clock change: `[from, to)` in epoch ms, `offset` in ms to add to get the wall clock. */
export interface OffsetSpan {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

export function isValidZone(zone: string): boolean {
  return IANAZone.isValidZone(zone);
}

/** Milliseconds that the zone's wall clock is ahead of UTC at that moment. */
function offsetAt(at: number, zone: string): number {
  const offset = IANAZone.create(zone).offset(at);
  if (Number.isNaN(offset)) throw new RangeError(`not a time zone: ${zone}`);
  return offset * MINUTE;
}

/** The time of the wall clock. */
export function localTime(at: number, zone: string): LocalTime {
  const wall = new Date(at + offsetAt(at, zone));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    weekday: weekdayOf(wall.getTime()),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
  };
}

/** The time of the wall clock, as `2027-03-14T09:05`. */
export function wallClock(at: number, zone: string): string {
  return new Date(at + offsetAt(at, zone)).toISOString().slice(0, 16);
}

/** 1 = Monday ... 7 = Sunday, of a wall clock read as if it were UTC. 1 January 1970 was a Thursday. */
export function weekdayOf(wall: number): number {
  return ((((Math.floor(wall / DAY) + 3) % 7) + 7) % 7) + 1;
}

/**
 * The first moment of a calendar day. A day whose clock starts later has no midnight; of two midnights, the first
 * counts.
 */
export function startOfDate({ year, month, day }: Pick<LocalTime, 'year' | 'month' | 'day'>, zone: string): number {
  return instantOf(Date.UTC(year, month - 1, day), zone);
}

/** The last millisecond of the local day that holds `at`. */
export function endOfLocalDay(at: number, zone: string): number {
  return nextLocalDayStart(at, zone) - 1;
}

/** The last millisecond of a calendar day, `YYYY-MM-DD`. */
export function endOfDate(date: string, zone: string): number {
  const [year = NaN, month = NaN, day = NaN] = date.split('-').map(Number);
  return endOfLocalDay(startOfDate({ year, month, day }, zone), zone);
}

/** The first moment of the local day after the one that holds `at`. */
export function nextLocalDayStart(at: number, zone: string): number {
  return instantOf(startOfDay(at + offsetAt(at, zone)) + DAY, zone);
}

/** `[from, to)` cut at every clock change of the zone, in order. */
export function offsetSpans(from: number, to: number, zone: string): OffsetSpan[] {
  const spans: OffsetSpan[] = [];
  let start = from;
  let offset = offsetAt(from, zone);
  // No zone changes its clock twice within a day, so one look a day finds every change.
  for (let look = from; look < to; look += DAY) {
    const end = Math.min(look + DAY, to);
    const next = offsetAt(end, zone);
    if (next === offset) continue;
    const change = changeBetween(look, end, zone);
    spans.push({ from: start, to: change, offset });
    start = change;
    offset = next;
  }
  if (start < to) spans.push({ from: start, to, offset });
  return spans;
}

/**
 * The first moment at which the wall clock shows `wall`. If a clock change skips that time, the moment of
 * that change.
 */
function instantOf(wall: number, zone: string): number {
  // No offset exceeds 14 hours: two days around hold the offsets before and after any clock change near this wall time.
  const before = offsetAt(wall - DAY, zone);
  const after = offsetAt(wall + DAY, zone);
  const instants = [wall - before, wall - after].filter((instant) => instant + offsetAt(instant, zone) === wall);
  return instants.length > 0 ? Math.min(...instants) : changeBetween(wall - DAY, wall + DAY, zone);
}

/** The first moment of the new offset, when the offsets at both ends differ. */
function changeBetween(from: number, to: number, zone: string): number {
  const old = offsetAt(from, zone);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, zone) === old) low = middle;
    else high = middle;
  }
  return high;
}

function startOfDay(wall: number): number {
  return Math.floor(wall / DAY) * DAY;
}
