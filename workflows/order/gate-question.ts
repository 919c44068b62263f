import type { CheckConsentInput } from '../../activities/check-consent.ts';
import type { WorkflowRecord } from '../../activities/record-event.ts';
import { heldByCases } from '../../domain/sending/case-hold.ts';
import { isLast } from '../../domain/journey/failover.ts';
import { gateGuards } from '../../domain/journey/guard.ts';
import { channelsOf } from '../../domain/journey/journey.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { Plan, PlannedStep } from '../../domain/journey/plan.ts';
import { contactOf } from '../../domain/journey/run.ts';
import type { OrderRun } from './order-run.ts';

/** The question to the gate about a planned step. `hop` is the index of the channel, as recorded histories have it. */
export function gateQuestion(
  { ref, run }: OrderRun,
  planned: PlannedStep,
  kind: MessageKind,
  asOf: number,
): CheckConsentInput {
  const { step, occurrence, channelIndex, dueAt, usefulUntil, inReply } = planned;
  return {
    ...ref,
    contact: contactOf(run) ?? '',
    step: step.id,
    occurrence: occurrence.id,
    kind,
    channel: channelsOf(step)[channelIndex] ?? 'sms',
    ...(step.failover && { hop: channelIndex, awaited: !isLast(step, planned) }),
    triggeredAt: occurrence.at,
    dueAt,
    usefulUntil,
    inReply,
    guards: gateGuards(step),
    ...(run.lastHeard !== undefined && { heard: run.lastHeard }),
    asOf,
  };
}

/** Messages that the facts have ruled out: the gate is not asked about them, and they are on record all the same. */
export function skipRecords(order: OrderRun, skips: Plan['skips'], asOf: number): WorkflowRecord[] {
  return skips.flatMap((skip) => {
    const { act } = skip.step;
    if (!('send' in act)) return [];
    const { asOf: _asOf, heard: _heard, ...message } = gateQuestion(order, skip, act.send, asOf);
    const rule = skip.reason === 'too_late' && skip.heldBy ? heldByCases(skip.heldBy) : undefined;
    return [{ kind: 'skipped', message, reason: skip.reason, ...(rule !== undefined && { rule }) } as const];
  });
}
