/**
 * Facts that this process has just stored. While no other fact waits, the inbox stores each fact as claimed by this
 * process, and the request hands it to the drainer. The drainer then tells it without a look at the inbox, which
 * costs more than storing it. If there is more to tell than the engine takes at once, facts are stored unclaimed and
 * wait in the inbox, where brands take turns.
 */
import type { Db } from '../db/connection/connect.ts';
import type { FreshFact, PendingFact } from '../db/orders/inbox.ts';
import type { OutboxClaim } from '../db/outbox/outbox.ts';
import { giveBack } from '../db/outbox/outbox.ts';
import type { Round } from './drain-loop.ts';
import type { Look, Rounds } from './drain-round.ts';

/**
 * Ms for which a fact is claimed when it is stored. The round under way ends within 5 s (`ROUND_MS` and a call), and
 * so does the round of the fact. If the process dies, the fact is told this much later.
 */
export const FRESH_FOR = 15_000;
/** Ms after which a fact that was not told yet is left for the next claim of the inbox. */
const TELL_WITHIN = 8_000;

export interface FreshFacts {
  /** True: the next fact may be stored with a claim, and then has to be handed over by `take`. */
  takes(): boolean;
  take(fact: FreshFact): void;
}

export interface FactRounds extends FreshFacts {
  /** A row was stored without a claim: the next round looks at the inbox. */
  lookNow(): void;
  round(isStopping: () => boolean): Promise<Round>;
  /** Gives the facts in hand back to other drainers, when this one stops. */
  giveBack(db: Db): Promise<void>;
}

/** `pollMs`: ms between two looks at the inbox, however many fresh facts come. `now`: wall ms. */
export function createFactRounds(
  { look, tellClaimed, room }: Rounds<PendingFact>,
  pollMs: number,
  now = () => performance.now(),
): FactRounds {
  let inHand: { readonly fact: FreshFact; readonly since: number }[] = [];
  let lookedAt = -Infinity;
  let isDue = true;
  /** The last look at the inbox found no other waiting facts. */
  let isAll = false;

  /** After a failed round it is unknown which facts wait, so the next round looks at the inbox. */
  const carefully = async (round: () => Promise<Look>): Promise<Look> => {
    const result = await round().catch((error: unknown) => {
      isAll = false;
      isDue = true;
      throw error;
    });
    isAll = result.isAll;
    return result;
  };

  const tellInHand = async (isStopping: () => boolean): Promise<Look> => {
    const since = now() - TELL_WITHIN;
    const facts = inHand.filter((one) => one.since >= since).map(({ fact }) => fact);
    inHand = [];
    const told = await carefully(() => tellClaimed(claimOf(facts), isStopping));
    // If not all were told, the others were given back and wait in the inbox.
    isDue ||= !told.isAll;
    return told;
  };

  return {
    takes: () => isAll && inHand.length < room(),
    take: (fact) => void inHand.push({ fact, since: now() }),
    lookNow: () => {
      isDue = true;
    },
    async round(isStopping) {
      if (inHand.length > 0) {
        const { away } = await tellInHand(isStopping);
        if (away) return { more: false, away };
      }
      if (!isDue && now() - lookedAt < pollMs) return { more: inHand.length > 0, away: false };
      isDue = false;
      lookedAt = now();
      const looked = await carefully(() => look(isStopping));
      isDue ||= looked.more;
      return { ...looked, more: looked.more || inHand.length > 0 };
    },
    async giveBack(db) {
      const claim = claimOf(inHand.map(({ fact }) => fact));
      inHand = [];
      // If the database is away, the process ends all the same, and the claims run out.
      await giveBack(
        db,
        'fact',
        claim,
        claim.rows.map(({ row }) => row),
      ).catch(() => undefined);
    },
  };
}

function claimOf(facts: readonly FreshFact[]): OutboxClaim<PendingFact> {
  return {
    until: facts.map(({ until }) => until),
    rows: facts.map(({ row, item }) => ({ row, tries: 0, item })),
    unreadable: [],
  };
}
