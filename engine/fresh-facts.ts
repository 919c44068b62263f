/**
 * Facts that this process has just stored. While no other fact waits, the drainer is handed them by the request that stored them, and
 * they are in the inbox as claimed by it: they are told without a look at the inbox, which cost more than to store them. Once there is more to tell than the
 * engine takes at once, facts are stored unclaimed, wait in the inbox, and brands take turns there.
 */
import type { Db } from '../db/connection/connect.ts';
import type { FreshFact, PendingFact } from '../db/orders/inbox.ts';
import type { Claim } from '../db/outbox/outbox.ts';
import { giveBack } from '../db/outbox/outbox.ts';
import type { Round } from './drain-loop.ts';
import type { Look, Rounds } from './drain-round.ts';

/**
 * Ms that a fact is claimed for as it is stored: the round under way ends within 5 s (`ROUND_MS` and a call), and its own does. If
 * the process dies, the fact is told so much later.
 */
export const FRESH_FOR = 15_000;
/** Ms after which a fact that is still in hand is left to whoever claims it next. */
const TELL_WITHIN = 8_000;

export interface FreshFacts {
  /** True: the next fact may be stored with a claim, and has to be handed over. */
  takes(): boolean;
  take(fact: FreshFact): void;
}

export interface FactRounds extends FreshFacts {
  /** Something else was stored: the next round looks at the inbox. */
  lookNow(): void;
  round(isStopping: () => boolean): Promise<Round>;
  /** Leaves what is in hand to other drainers, at the end of this one. */
  giveBack(db: Db): Promise<void>;
}

/** `pollMs`: ms between two looks at the inbox, however many fresh facts come. `now`: wall ms. */
export function freshFirst(
  { look, tellClaimed, room }: Rounds<PendingFact>,
  pollMs: number,
  now = () => performance.now(),
): FactRounds {
  let inHand: { readonly fact: FreshFact; readonly since: number }[] = [];
  let lookedAt = -Infinity;
  let isDue = true;
  /** Nothing else waits, as far as the last look has seen. */
  let isAll = false;

  /** After a round that failed it is not known what waits. */
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
    // The others have been given back.
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
      // A database that is away does not keep the process from ending: the claims run out.
      await giveBack(
        db,
        'fact',
        claim,
        claim.rows.map(({ row }) => row),
      ).catch(() => undefined);
    },
  };
}

function claimOf(facts: readonly FreshFact[]): Claim<PendingFact> {
  return {
    until: facts.map(({ until }) => until),
    rows: facts.map(({ row, item }) => ({ row, tries: 0, item })),
    unreadable: [],
  };
}
