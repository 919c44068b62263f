import type { Db } from '../db/connect.ts';
import { storeFact } from '../db/orders/inbox.ts';
import type { Intended } from '../db/ledger/messages.ts';
import { NOWHERE } from '../db/gate/decided-where.ts';
import { recordDecision } from '../db/ledger/messages.ts';
import type { SkipReason } from '../domain/reason.ts';

/** Decisions of the workflow itself, for the order's history in the database. Ids, times and reasons only. */
export type WorkflowRecord =
  /** A step that the facts ruled out, so that the gate was never asked. */
  | { readonly kind: 'skipped'; readonly message: Intended; readonly reason: SkipReason }
  | {
      readonly kind: 'command';
      /** The command's id. */
      readonly id: string;
      readonly type: 'paused' | 'resumed' | 'struck' | 'messages_cancelled';
      readonly until?: number;
      readonly step?: string;
    };

export interface RecordEventInput {
  readonly brand: string;
  readonly order: string;
  /** Epoch ms of the workflow. */
  readonly asOf: number;
  readonly records: readonly WorkflowRecord[];
}

/** Writes what the workflow decided on its own. Safe to run twice. */
export function createRecordEvent({ db }: { readonly db: Db }) {
  return async function recordEvent({ brand, order, asOf, records }: RecordEventInput): Promise<void> {
    for (const record of records) {
      switch (record.kind) {
        case 'skipped': {
          const decision = { kind: 'skip', reason: record.reason, rule: `journey.${record.reason}` } as const;
          await recordDecision(db, record.message, decision, NOWHERE, asOf);
          break;
        }
        case 'command': {
          const { id, type, kind: _kind, ...payload } = record;
          await storeFact(db, {
            brand,
            order,
            source: 'dopo',
            id,
            type: `command.${type}`,
            at: asOf,
            payload,
            requestHash: Buffer.alloc(0),
            now: asOf,
            applied: true,
          });
        }
      }
    }
  };
}
