/** The one SQL condition for "this number is stopped". Every statement that asks uses it. */
import { CLOCK_SKEW } from '../../../domain/sending/ledger.ts';

/**
 * SQL: true if a stop of a number stands, given columns that hold its brand and its token. Between STOP and START the one that was said
 * last counts, not the one that arrived last. The page uses our clock and a text the provider's, so a button press counts as later than a
 * STOP only if it is later by more than the clocks may differ. A lift by the shop ends only stops by the shop, also those that arrive
 * after it.
 */
export function isStopped(brand: string, token: string): string {
  return `exists (select from suppressions s where s.brand_id = ${brand} and s.token = ${token} and ${STOP_IN_FORCE})`;
}

/** SQL: the row `s` of suppressions is a stop that nothing has lifted. */
export const STOP_IN_FORCE = `s.state = 'stopped' and not exists (select from suppressions l
    where l.brand_id = s.brand_id and l.token = s.token and l.state = 'lifted' and (s.by_shop or not l.by_shop)
      and (l.occurred_at, l.id) > (s.occurred_at, s.id)
      and (l.source <> 'page' or (l.recorded_at, l.id) > (s.recorded_at, s.id)
        or l.occurred_at > s.occurred_at + interval '${CLOCK_SKEW} milliseconds'))`;
