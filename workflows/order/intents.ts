import type { CheckConsentOptions } from '../../activities/check-consent.ts';
import type { WorkflowRecord } from '../../activities/record-event.ts';
import { intentOf } from '../../domain/journey/intent-of.ts';
import type { Plan, PlannedStep } from '../../domain/journey/plan.ts';
import { contactOf } from '../../domain/journey/run.ts';
import { heldByCases } from '../../domain/sending/gate/case-hold.ts';
import type { Intent } from '../../domain/sending/intent.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { OrderRun } from './order-run.ts';

/** The question to the gate about a planned step: the intent, and the last fact that the plan goes by. */
export function gateQuestion(
  order: OrderRun,
  planned: PlannedStep,
  kind: MessageKind,
  asOf: number,
): Intent & CheckConsentOptions {
  const { lastHeard: heard } = order.run;
  return { ...intentOfRun(order, planned, kind), ...(heard !== undefined && { heard }), asOf };
}

/**
 * Skip records for messages that the facts have ruled out. The gate is not asked about them, but the order's history
 * has to show them.
 */
export function skipRecords(order: OrderRun, skips: Plan['skips']): WorkflowRecord[] {
  return skips.flatMap((skip) => {
    const { act } = skip.step;
    if (!('send' in act)) return [];
    const message = intentOfRun(order, skip, act.send);
    const rule = skip.reason === 'too_late' && skip.heldBy ? heldByCases(skip.heldBy) : undefined;
    return [{ kind: 'skipped', message, reason: skip.reason, ...(rule !== undefined && { rule }) } as const];
  });
}

function intentOfRun({ ref, run }: OrderRun, planned: PlannedStep, kind: MessageKind): Intent {
  return intentOf({ ...ref, contact: contactOf(run) ?? '' }, planned, kind);
}
