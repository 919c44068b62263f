/** Durations as people write them in a journey file: `0`, `10m`, `2h`, `5d`, `-5d`. */

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const MINUTE = UNIT_MS.m;
export const HOUR = UNIT_MS.h;
export const DAY = UNIT_MS.d;

/** Milliseconds of a duration, or undefined when it is not one. A day is 24 hours: local days are the gate's business. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(-?\d{1,4})([mhd])$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Milliseconds of a duration that a loaded journey guarantees to be one. Throws RangeError otherwise. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`not a duration: ${text}`);
  return ms;
}
