/** A backlog of facts after an hour without the engine, and the time that the database needs to hand it out. */
import type { Db } from '../db/connection/connect.ts';
import { claimFacts, countPending } from '../db/orders/inbox.ts';
import { settle } from '../db/outbox/outbox.ts';
import { TOLD_AT_ONCE } from '../engine/workflows.ts';
import type { Filled } from './scale-fill.ts';

/** Facts that no workflow was told of: four of each of the last orders, over all brands. */
export async function backlog(owner: Db, { orders }: Filled, facts: number): Promise<void> {
  await owner.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(
      `insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
         select o.brand_id, o.id, 'api', 'backlog-' || f.n, 'order_updated', now(), '{}', '\\x00', now()
           from generate_series(1, :facts) f (n) join orders o on o.id = 'o' || (1 + f.n % least(:orders, :facts / 4)) order by f.n`,
      { facts, orders },
    );
  });
  await owner.raw('analyze inbox');
}

export interface Drained {
  readonly facts: number;
  readonly perSecond: number;
  /**
   * Times of the first and the last hundredth of the rounds. The cost of a round must not grow with the number of
   * waiting or told facts.
   */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Claims and settles until nothing waits, one round after another, as one process of the drainer does. */
export async function drain(db: Db, now: number): Promise<Drained> {
  const rounds: number[] = [];
  let facts = 0;
  for (;;) {
    const begun = performance.now();
    const claim = await claimFacts(db, TOLD_AT_ONCE);
    if (claim.rows.length === 0) break;
    facts += await settle(
      db,
      'fact',
      claim,
      claim.rows.map(({ row }) => row),
      now,
    );
    rounds.push(performance.now() - begun);
  }
  if ((await countPending(db)) > 0) throw new Error('facts are left behind');
  const share = Math.max(1, Math.round(rounds.length / 100));
  const mean = (of: readonly number[]): number => of.reduce((sum, ms) => sum + ms, 0) / of.length;
  return {
    facts,
    perSecond: Math.round((facts / rounds.reduce((sum, ms) => sum + ms, 0)) * 1_000),
    firstMs: mean(rounds.slice(0, share)),
    lastMs: mean(rounds.slice(-share)),
  };
}
