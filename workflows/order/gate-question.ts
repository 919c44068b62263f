import type { CheckConsentInput } from '../../activities/check-consent.ts';
import type { WorkflowRecord } from '../../activities/record-event.ts';
import { heldByCases } from '../../domain/sending/case-hold.ts';
import type { GateGuard } from '../../domain/journey/journey.ts';
import { channelsOf } from '../../domain/journey/journey.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { Plan, PlannedStep } from '../../domain/journey/plan.ts';
import type { JourneyRun } from './journey-run.ts';

/** The question to the gate about a planned step. */
export function gateQuestion(
  run: JourneyRun,
  planned: PlannedStep,
  kind: MessageKind,
  asOf: number,
): CheckConsentInput {
  const { step, occurrence, hop, dueAt, usefulUntil, inReply } = planned;
  const channels = channelsOf(step);
  return {
    ...run.ref,
    contact: run.contact ?? '',
    step: step.id,
    occurrence: occurrence.id,
    kind,
    channel: channels[hop] ?? 'sms',
    ...(step.failover && { hop, awaited: hop + 1 < channels.length }),
    triggeredAt: occurrence.at,
    dueAt,
    usefulUntil,
    inReply,
    guards: (step.unless ?? []).filter(isGateGuard),
    ...(run.lastHeard !== undefined && { heard: run.lastHeard }),
    asOf,
  };
}

/** Messages that the facts have ruled out: the gate is not asked about them, and they are on record all the same. */
export function skipRecords(run: JourneyRun, skips: Plan['skips'], asOf: number): WorkflowRecord[] {
  return skips.flatMap((skip) => {
    const { act } = skip.step;
    if (!('send' in act)) return [];
    const { asOf: _asOf, heard: _heard, ...message } = gateQuestion(run, skip, act.send, asOf);
    const rule = skip.reason === 'too_late' && skip.heldBy ? heldByCases(skip.heldBy) : undefined;
    return [{ kind: 'skipped', message, reason: skip.reason, ...(rule !== undefined && { rule }) } as const];
  });
}

function isGateGuard(guard: string): guard is GateGuard {
  return guard === 'member' || guard === 'reordered' || guard === 'asked_recently';
}
