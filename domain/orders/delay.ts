/**
 * Decides when a customer is told that an order comes later than promised. Carriers move a promise by minutes, and
 * some move it back and forth.
 */
import { HOUR } from '../time/duration.ts';
import { nextLocalDayStart } from '../time/local-time.ts';

/** A promise that moves by less than this within a day is not reported: the customer is at home on the same day. */
const LEAST_DELAY = 2 * HOUR;

/** The promised time of an order as the customer knows it. All moments are epoch ms. */
export interface KnownPromise {
  /** The promise that the message is about. */
  readonly promisedAt: number;
  /** The promise that was made first. */
  readonly first: number;
  /** The last text about a delay of the order: when it was sent, and of which promise it spoke. */
  readonly told?: { readonly at: number; readonly promisedAt: number };
}

export type DelayAnswer = { readonly kind: 'known' } | { readonly kind: 'wait'; readonly until: number } | undefined;

/**
 * The reason not to report a delay; undefined: report it. A delay is reported if it is on a later day than the
 * customer knows of, or two hours later, in any of the zones. A promise that has passed is reported after the last
 * reported one has passed too. A customer gets at most one text per local day about either.
 */
export function delayAnswer(
  { promisedAt, first, told }: KnownPromise,
  zones: readonly string[],
  now: number,
): DelayAnswer {
  const known = told?.promisedAt ?? first;
  const isOverdue = promisedAt <= now;
  // A text has said that this promise was missed. Only a later promise can be reported as missed again.
  const saidOverdue = told !== undefined && told.at >= told.promisedAt;
  if (!isLater(known, promisedAt, zones) && (!isOverdue || saidOverdue)) return { kind: 'known' };
  if (told === undefined) return undefined;
  if (isOverdue && told.promisedAt > now) return { kind: 'wait', until: told.promisedAt };
  const tomorrow = Math.max(...inZones(zones).map((zone) => nextLocalDayStart(told.at, zone)));
  return now < tomorrow ? { kind: 'wait', until: tomorrow } : undefined;
}

function isLater(known: number, promisedAt: number, zones: readonly string[]): boolean {
  return (
    promisedAt - known >= LEAST_DELAY || inZones(zones).some((zone) => promisedAt >= nextLocalDayStart(known, zone))
  );
}

/** The zone of a customer about whom nothing is known. */
function inZones(zones: readonly string[]): readonly string[] {
  return zones.length > 0 ? zones : ['UTC'];
}
