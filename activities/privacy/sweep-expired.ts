import { Context, log } from '@temporalio/activity';
import type { Db } from '../../db/connection/connect.ts';
import type { Swept } from '../../db/privacy/retention.ts';
import { sweep } from '../../db/privacy/retention.ts';
import type { RulePacks } from '../../domain/rules/rule-pack.ts';

export interface SweepDeps {
  readonly db: Db;
  readonly rules: { readonly packs: RulePacks };
  /** The time for which the events of an order are kept after its end, ms; `ORDER_EVENTS_KEPT_FOR` when left out. */
  readonly orderEventsKeptFor?: number;
}

export interface SweepInput {
  /** Epoch ms of the workflow when it asked. */
  readonly asOf: number;
}

/** Removes a part of the rows whose period has ended. Each further call removes the next part. */
export function createSweepExpired({ db, rules, orderEventsKeptFor }: SweepDeps) {
  return async function sweepExpired({ asOf }: SweepInput): Promise<Swept> {
    const now = Math.max(asOf, Context.current().info.currentAttemptScheduledTimestampMs);
    const swept = await sweep(db, rules.packs, now, orderEventsKeptFor);
    const removed = Object.values(swept.counts).reduce((sum, count) => sum + count, 0);
    log.info('rows whose period has ended were removed', { kind: 'retention', count: removed });
    return swept;
  };
}
