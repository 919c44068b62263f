import type { Intent } from '../sending/intent.ts';
import type { MessageKind } from '../sending/message.ts';
import { BASE_CHANNEL } from '../sending/message.ts';
import { isLast } from './failover.ts';
import { gateGuards } from './guard.ts';
import { channelsOf } from './journey.ts';
import type { PlannedStep } from './plan.ts';

/** The intent to send the message of a planned step. */
export function intentOf(
  about: Pick<Intent, 'brand' | 'order' | 'contact'>,
  planned: PlannedStep,
  kind: MessageKind,
): Intent {
  const { step, occurrence, channelIndex, dueAt, usefulUntil, inReply } = planned;
  return {
    ...about,
    step: step.id,
    occurrence: occurrence.id,
    kind,
    channel: channelsOf(step)[channelIndex] ?? BASE_CHANNEL,
    ...(step.channels && { channelIndex, awaited: !isLast(step, planned) }),
    triggeredAt: occurrence.at,
    dueAt,
    usefulUntil,
    inReply,
    guards: gateGuards(step),
  };
}
