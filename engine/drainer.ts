/**
 * Tells the workflows what was stored. The API never does it itself: a fact is acknowledged once it is in the inbox, and the drainer
 * hands it on as often as it takes. Several may run; each claims what it works on and the others pass it over.
 *
 * No transaction is open while the engine is called. A process that dies between a call and the note of it leaves rows whose claim
 * runs out, so that the engine is told again. That is harmless for every outbox:
 * - a fact is known by its id, and facts may come in any number and order (domain/orders/facts.ts);
 * - a reply, a redelivery and an erasure are a workflow each, with an id that is used once;
 * - a consent check only says "look again".
 */
import { claimConsentChecks, readConsentPrompt } from '../db/consent/consent-prompt.ts';
import { claimReplies } from '../db/conversation/conversations.ts';
import { claimAskedTexts } from '../db/contacts/asked-texts.ts';
import { claimErasures } from '../db/privacy/pending-erasures.ts';
import type { PendingFact } from '../db/orders/inbox.ts';
import { noteLateFacts } from '../db/orders/over-orders.ts';
import { claimFacts } from '../db/orders/inbox.ts';
import type { Claimed } from '../db/outbox/outbox.ts';
import { claimRedeliveries } from '../db/sending/ledger/redeliveries.ts';
import type { OutboxName } from '../domain/sending/outbox.ts';
import type { DrainLoop } from './drain-loop.ts';
import { startDrainLoop } from './drain-loop.ts';
import type { Drain, RoundDeps } from './drain-round.ts';
import { roundsOf } from './drain-round.ts';
import type { FreshFacts } from './fresh-facts.ts';
import { createFactRounds } from './fresh-facts.ts';
import type { Told, Workflows } from './workflows.ts';
import { TOLD_AT_ONCE } from './workflows.ts';

export interface DrainerDeps extends RoundDeps {
  /** Wall ms between two looks when nothing wakes the drainer, for rows that another process stored. */
  readonly pollMs?: number;
}

export interface Drainer {
  /** A row was stored: look at once. Without `outbox`, all outboxes are looked at. */
  wake(outbox?: OutboxName): void;
  /** Takes facts that this process has just stored, without a look at the inbox. */
  readonly fresh: FreshFacts;
  /** Ends after the calls under way. Other rows stay stored. */
  stop(): Promise<void>;
}

const BATCH = 50;
/** As many facts as a call may take, so that an order with thousands of facts takes few rounds. */
const FACTS_A_ROUND = TOLD_AT_ONCE;
const POLL_MS = 1_000;

function drainOf<T extends { readonly brand: string }>(drain: Drain<T>) {
  return { name: drain.outbox, round: (deps: DrainerDeps) => roundsOf(deps, drain).look };
}

/** Each row is a workflow of its own. */
const ALONE = { batch: BATCH, groupOf: ({ row }: Claimed<unknown>) => String(row) } as const;

const FACTS: Drain<PendingFact> = {
  outbox: 'fact',
  batch: FACTS_A_ROUND,
  claim: claimFacts,
  // The waiting facts of an order are told together, in their order. A fact that was refused before is told alone
  // from then on, so that it cannot hold up the other facts of its order.
  groupOf: ({ row, tries, item: { brand, order } }) => JSON.stringify(tries > 0 ? [row] : [brand, order]),
  // An engine that does not answer is away, or lets the calls wait as well. Counted as waiting, it would be told
  // slowly after it is back.
  waits: ({ workflows }, { brand, order }) => workflows.waits({ brand, order }).catch(() => 0),
  tell: async ({ db, clock, workflows }, facts) => {
    const [{ placed, over, ...about }] = facts;
    // A run that ended because its person was erased, or long ago, is never started again.
    if (over) {
      await noteLateFacts(db, about, await clock.now());
      return 'not_needed';
    }
    const result = await tellInTurn(workflows, facts);
    return result === 'finished' && !placed ? 'missed' : result;
  },
};

const OTHER_DRAINS = [
  drainOf({
    outbox: 'reply',
    ...ALONE,
    claim: claimReplies,
    tell: ({ workflows }, [reply]) => told(workflows.reply(reply)),
  }),
  drainOf({
    outbox: 'redelivery',
    ...ALONE,
    claim: claimRedeliveries,
    tell: ({ workflows }, [redelivery]) => told(workflows.redeliver(redelivery)),
  }),
  drainOf({
    outbox: 'consents',
    ...ALONE,
    claim: claimConsentChecks,
    // Most people never have a question about their consents to answer, so no workflow is started for them.
    tell: async ({ db, rules, clock, workflows }, [watch]) => {
      const step = await readConsentPrompt(db, rules, watch, await clock.now());
      return step.kind === 'done' ? 'not_needed' : told(workflows.watchConsents(watch));
    },
  }),
  drainOf({
    outbox: 'erasure',
    ...ALONE,
    claim: claimErasures,
    tell: ({ workflows }, [erasure]) => told(workflows.erase(erasure)),
  }),
  drainOf({
    outbox: 'asked_text',
    ...ALONE,
    claim: claimAskedTexts,
    tell: ({ workflows }, [text]) => told(workflows.reply(text)),
  }),
];

async function tellInTurn({ tell }: Pick<Workflows, 'tell'>, facts: readonly PendingFact[]): Promise<Told> {
  const [first] = facts;
  if (!first) return 'told';
  const { brand, order, placed } = first;
  for (let from = 0; from < facts.length; from += TOLD_AT_ONCE) {
    const result = await tell(
      { brand, order },
      facts.slice(from, from + TOLD_AT_ONCE).map(({ fact }) => fact),
      { begun: placed },
    );
    if (result !== 'told') return result;
  }
  return 'told';
}

async function told(call: Promise<void>): Promise<'told'> {
  await call;
  return 'told';
}

/** Each outbox has its own loop, so that a stuck outbox does not hold up the others. */
export function startDrainer(deps: DrainerDeps): Drainer {
  const { log, pollMs = POLL_MS } = deps;
  const facts = createFactRounds(roundsOf(deps, FACTS), pollMs);
  const factLoop = startDrainLoop(FACTS.outbox, (isStopping) => facts.round(isStopping), { log, pollMs });
  const loops = new Map<OutboxName, DrainLoop>([
    [FACTS.outbox, factLoop],
    ...OTHER_DRAINS.map(({ name, round }) => [name, startDrainLoop(name, round(deps), { log, pollMs })] as const),
  ]);
  let stopping = false;
  let stopped = false;
  return {
    wake: (outbox) => {
      if (outbox === undefined || outbox === FACTS.outbox) facts.lookNow();
      for (const [name, loop] of loops) if (outbox === undefined || outbox === name) loop.wake();
    },
    fresh: {
      takes: () => !stopping && facts.takes(),
      take: (fact) => {
        facts.take(fact);
        // The fact comes from a request that was under way when this drainer stopped.
        if (stopped) void facts.giveBack(deps.db);
        else factLoop.wake();
      },
    },
    stop: async () => {
      stopping = true;
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
      stopped = true;
      await facts.giveBack(deps.db);
    },
  };
}
