/** Which stops of a number stand: the one answer to "may it be written to", in every statement that asks. */
import { CLOCK_SKEW } from '../../domain/ledger.ts';

/**
 * SQL: true if a stop of a number stands, by columns that hold its brand and its token. Of STOP and START the last word counts by when
 * it was said, not by when it came. The page goes by our clock and a text by the provider's: of a button and a STOP that came after it
 * the button is later only if it is by more than the two clocks may differ. A lift by the shop counts over stops by the shop alone, also
 * over none that comes late.
 */
export function isStopped(brand: string, token: string): string {
  return `exists (select from suppressions s where s.brand_id = ${brand} and s.token = ${token} and ${STANDS})`;
}

/** SQL: the row `s` of suppressions is a stop, and nothing has lifted it. */
export const STANDS = `s.state = 'stopped' and not exists (select from suppressions l
    where l.brand_id = s.brand_id and l.token = s.token and l.state = 'lifted' and (s.by_shop or not l.by_shop)
      and (l.occurred_at, l.id) > (s.occurred_at, s.id)
      and (l.source <> 'page' or (l.recorded_at, l.id) > (s.recorded_at, s.id)
        or l.occurred_at > s.occurred_at + interval '${CLOCK_SKEW} milliseconds'))`;
