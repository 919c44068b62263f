/** The periods for which records are kept, by the country rules. */
import { applyRules, rowsOfKind } from '../rules/applied-rules.ts';
import { MESSAGE_CLASSES } from '../sending/message.ts';
import { addPeriod } from '../time/period.ts';
import { jurisdictionsOf } from '../place/place.ts';
import type { Period, RetainedRecord, RulePacks } from '../rules/rule-pack.ts';

/** Where a person may be, as far as it is on record for longer than a decision. ISO 3166-1 alpha-2. */
export interface Residence {
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  /** Countries of the numbers. */
  readonly numbers: readonly string[];
}

/**
 * Proof is kept for the longest of several periods, because it may be asked for that long. Everything else is kept
 * for the shortest.
 */
const KEPT_LONGEST: readonly RetainedRecord[] = ['consent_proof', 'opt_out'];

/** The period of a record of a person who may be under several laws, or `forever`. `now`: epoch ms, for rows with dates. */
export function keptFor(
  packs: RulePacks,
  { country, region, numbers }: Residence,
  record: RetainedRecord,
  now: number,
): Period {
  const known = (id: string): boolean => Object.hasOwn(packs.packs, id);
  const places = [{ country, region }, ...numbers.map((number) => ({ phone: { country: number } }))];
  const ids = [...new Set(places.flatMap((place) => jurisdictionsOf(place, known, {})))];
  // A pack inherits the periods that it does not name from the default pack.
  const sorted = periodsOf(packs, ids, record, now).toSorted((a, b) => endOf(a, now) - endOf(b, now));
  const kept = KEPT_LONGEST.includes(record) ? sorted.at(-1) : sorted[0];
  if (kept === undefined) throw new RangeError(`the default pack does not say how long ${record} is kept`);
  return kept;
}

/** The periods of the packs `ids`. Without ids: those of the default pack. */
function periodsOf(packs: RulePacks, ids: readonly string[], record: RetainedRecord, now: number): Period[] {
  const rows = MESSAGE_CLASSES.flatMap((name) => rowsOfKind(applyRules(packs, ids, name, now), 'retention'));
  return rows.flatMap(({ rule }) => (rule.of === record ? [rule.keep] : []));
}

/** The end of a period that begins at `at`; Infinity: `forever` has none. Epoch ms. */
export function endOf(period: Period, at: number): number {
  return period === 'forever' ? Infinity : addPeriod(at, period);
}
