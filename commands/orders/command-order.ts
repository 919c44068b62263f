/** Commands of an operator to the run of an order: pause, resume, skip a step, cancel the messages to come. */
import type { AuditAction } from '../../domain/access/audit.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';

export interface OrderCommand {
  readonly brand: string;
  readonly order: string;
  readonly actor: string;
  readonly action: Extract<AuditAction, 'pause' | 'resume' | 'skip' | 'cancel_messages'>;
  /** The request of the caller. */
  readonly details?: object;
}

/** The engine's answer, as far as it decides what is recorded. */
interface Answered {
  readonly kind: string;
  readonly plan?: readonly unknown[];
}

/**
 * Carries a command out by `run`, which asks the order's workflow, and writes it into the audit log. The database and the engine share no
 * transaction, so the entry comes after the answer, in one statement: a process that dies in between leaves none, and the caller's
 * repetition under the same key makes it.
 */
export async function commandOrder<A extends Answered>(
  db: Db,
  { brand, order, actor, action, details }: OrderCommand,
  run: () => Promise<A>,
  now: number,
): Promise<A> {
  const answer = await run();
  // A command without an answer may still be carried out. Its repetition under the same key makes a second entry.
  if (answer.kind === 'done' || answer.kind === 'unreachable') {
    const subject = { kind: 'order', id: order } as const;
    const after = { ...details, answer: answer.kind, ...(answer.plan && { stillToCome: answer.plan.length }) };
    await recordAudit(db, { brand, actor, action, subject, after }, now);
  }
  return answer;
}
