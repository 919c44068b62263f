/** Everything the workflows may ask of the world. Each group names the dependencies it needs. */
import { createAskStillWanted } from './ask-still-wanted.ts';
import type { CheckConsentDeps } from './check-consent.ts';
import { createCheckConsent } from './check-consent.ts';
import { createOpenCase } from './open-case.ts';
import { createRecordEvent } from './record-event.ts';
import type { RenderMessageDeps } from './render-message.ts';
import { createRenderMessage } from './render-message.ts';
import type { SendMessageDeps } from './send-message.ts';
import { createSendMessage } from './send-message.ts';

export type ActivityDeps = CheckConsentDeps & RenderMessageDeps & SendMessageDeps;

/** Activities of the orders queue: short database work, run as local activities. */
export function createOrderActivities(deps: ActivityDeps) {
  return {
    askStillWanted: createAskStillWanted(deps),
    checkConsent: createCheckConsent(deps),
    renderMessage: createRenderMessage(deps),
    openCase: createOpenCase(deps),
    recordEvent: createRecordEvent(deps),
  };
}

/** Activities of the send queue, which is limited to the provider's rate. */
export function createSendActivities(deps: SendMessageDeps) {
  return { sendMessage: createSendMessage(deps) };
}

export type OrderActivities = ReturnType<typeof createOrderActivities>;
export type SendActivities = ReturnType<typeof createSendActivities>;
