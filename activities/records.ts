import type { Db } from '../db/connection/connect.ts';
import { storeFact } from '../db/orders/inbox.ts';
import { endQueuedMessages } from '../db/orders/queued-messages.ts';
import type { Intent } from '../domain/sending/intent.ts';
import { NO_BASIS } from '../domain/sending/gate/decision.ts';
import { recordDecision } from '../db/sending/ledger/messages.ts';
import type { SkipReason } from '../domain/sending/reason.ts';
import { openCase as insertCase } from '../commands/conversation/open-case.ts';
import type { CaseKind } from '../domain/journey/journey.ts';

type CommandType = 'paused' | 'resumed' | 'step_skipped' | 'messages_cancelled';

/** Decisions of the workflow itself, for the order's history in the database. Ids, times and reasons only. */
export type WorkflowRecord =
  /** A step that the facts ruled out, so the gate was never asked. */
  | {
      readonly kind: 'skipped';
      readonly message: Intent;
      readonly reason: SkipReason;
      /** Absent: the rule that belongs to the reason. */
      readonly rule?: string;
    }
  | {
      readonly kind: 'command';
      /** The command's id. */
      readonly id: string;
      readonly type: CommandType;
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

/** Commands that end planned messages. A pause does not end them: the send asks again before it submits a message. */
const ENDED_BY: Readonly<Partial<Record<CommandType, SkipReason>>> = {
  messages_cancelled: 'messages_cancelled_by_operator',
  step_skipped: 'skipped_by_operator',
};

/**
 * Records the workflow's own decisions. Safe to run twice. A command is recorded in the same transaction that ends
 * the messages waiting in the send queue, so that none of them is sent after the command was answered.
 */
export function createRecordEvent({ db }: { readonly db: Db }) {
  return async function recordEvent({ brand, order, asOf, records }: RecordEventInput): Promise<void> {
    for (const record of records) {
      switch (record.kind) {
        case 'skipped': {
          const decision = {
            kind: 'skip',
            reason: record.reason,
            rule: record.rule ?? `journey.${record.reason}`,
          } as const;
          await recordDecision(db, record.message, decision, NO_BASIS, asOf);
          break;
        }
        case 'command': {
          const { id, type, kind: _kind, ...payload } = record;
          await db.transaction(async (trx) => {
            await storeFact(trx, {
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
            const reason = ENDED_BY[type];
            if (reason)
              await endQueuedMessages(
                trx,
                { brand, order, reason, ...(record.step !== undefined && { step: record.step }) },
                asOf,
              );
          });
        }
      }
    }
  };
}

export interface OpenCaseInput {
  readonly brand: string;
  readonly order: string;
  readonly contact: string;
  readonly kind: CaseKind;
  /** The step's key: one case per step, however often this runs. */
  readonly cause: string;
  /** Epoch ms of the workflow. */
  readonly asOf: number;
}

/** Opens a case for an agent. Returns its number, the same one when it runs twice. */
export function createOpenCase({ db }: { readonly db: Db }) {
  return async function openCase({ asOf, ...opened }: OpenCaseInput): Promise<string> {
    return String(await insertCase(db, { ...opened, at: asOf, byWorkflow: true }));
  };
}
