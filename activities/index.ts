/** All activities that the workflows call. Each group names the dependencies it needs. */
import { createAskStillWanted } from './send/ask-still-wanted.ts';
import type { CheckConsentDeps } from './check-consent.ts';
import { createCheckConsent } from './check-consent.ts';
import type { ConsentPromptDeps } from './consent-prompt.ts';
import { createNextConsentPrompt, createRecordConsentAsked } from './consent-prompt.ts';
import type { ErasePersonDeps } from './privacy/erase-person.ts';
import { createEraseActivities } from './privacy/erase-person.ts';
import { createOpenCase, createRecordEvent } from './records.ts';
import type { RenderMessageDeps } from './render-message.ts';
import { createRenderMessage, createWriteText } from './render-message.ts';
import type { SendMessageDeps, SendMessageInput } from './send/send-message.ts';
import type { InPlaceLimits } from './send/send-in-place.ts';
import { IN_PLACE_LIMITS, createSendInPlace } from './send/send-in-place.ts';
import { createSendMessage } from './send/send-message.ts';
import type { SweepDeps } from './privacy/sweep-expired.ts';
import { createSweepExpired } from './privacy/sweep-expired.ts';

export type ActivityDeps = CheckConsentDeps &
  ConsentPromptDeps &
  RenderMessageDeps &
  SendMessageDeps &
  ErasePersonDeps &
  SweepDeps & {
    /** The most sends that a worker of orders has under way; `IN_PLACE_LIMITS.mostUnderWay` when left out. */
    readonly sendsInPlace?: number;
    /** Limits of the same other than `IN_PLACE_LIMITS`. */
    readonly inPlaceLimits?: Partial<InPlaceLimits>;
    /** Aborts when a stopping worker no longer waits for these sends. */
    readonly leaveSends?: AbortSignal;
  };

/**
 * Activities of the orders queue: short database work, run as local activities, and the steps of erasure and
 * retention.
 */
export function createOrderActivities(deps: ActivityDeps) {
  const writeText = createWriteText(deps);
  const sendInPlace = createSendInPlace(
    createSendMessage(deps),
    {
      ...IN_PLACE_LIMITS,
      ...(deps.sendsInPlace !== undefined && { mostUnderWay: deps.sendsInPlace }),
      ...deps.inPlaceLimits,
    },
    deps.leaveSends,
  );
  return {
    askStillWanted: createAskStillWanted(deps),
    checkConsent: createCheckConsent({ ...deps, writeText, sendInPlace }),
    renderMessage: createRenderMessage(deps),
    openCase: createOpenCase(deps),
    recordEvent: createRecordEvent(deps),
    nextConsentStep: createNextConsentPrompt(deps),
    recordConsentAsked: createRecordConsentAsked(deps),
    ...createPrivacyActivities(deps),
  };
}

/** Activities of the same queue that take longer, and those that ask the provider to forget messages. */
function createPrivacyActivities(deps: ErasePersonDeps & SweepDeps) {
  return { ...createEraseActivities(deps), sweepExpired: createSweepExpired(deps) };
}

/** Activities of the send queue, which is limited to the provider's rate. */
export function createSendActivities(deps: SendMessageDeps) {
  const send = createSendMessage(deps);
  return { sendMessage: (input: SendMessageInput) => send(input) };
}

export type OrderActivities = ReturnType<typeof createOrderActivities>;
export type PrivacyActivities = ReturnType<typeof createPrivacyActivities>;
export type SendActivities = ReturnType<typeof createSendActivities>;
