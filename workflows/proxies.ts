/** The activities as the workflows see them: types only, with the time limits and queues they run under. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { OrderActivities, PrivacyActivities, SendActivities } from '../activities/index.ts';
import type { MessageClass } from '../domain/sending/message.ts';
import { SEND_QUEUE } from './contract.ts';

/** Short database work. Retried without end: a database that is away for an hour must not lose a message. */
export const {
  askStillWanted,
  checkConsent,
  renderMessage,
  openCase,
  recordEvent,
  nextConsentStep,
  recordConsentAsked,
} = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});

/**
 * `checkConsent` with the send in it, which may wait 2 s for a token, hesitate for 5 s and call the provider for 10 s (`SETTLING`). A retry
 * after a crash starts from the ledger.
 */
export const { checkConsent: checkAndSend } = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '25 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});

/** A step may go through thousands of rows, or ask the provider a hundred times. Retried without end, as nothing may be left half done. */
export const privacy = proxyActivities<PrivacyActivities>({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes' },
});

/** 1 goes first. Order news must not wait behind a sale. */
const PRIORITY: Readonly<Record<MessageClass, number>> = {
  compliance: 1,
  transactional: 1,
  service_feedback: 3,
  promotional: 5,
};

/**
 * A token is waited for up to 2 s, then a run may hesitate for 5 and its call take 10 (`SETTLING`): nearly all that takes 15 s is a dead
 * worker, and a living one that is so late leaves an unknown outcome like any other. A refusal by the provider comes
 * back as a result; only a crash or the database make this retry, and a retry starts from the ledger.
 */
function sender(messageClass: MessageClass): SendActivities {
  return proxyActivities<SendActivities>({
    taskQueue: SEND_QUEUE,
    startToCloseTimeout: '15 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
    priority: { priorityKey: PRIORITY[messageClass] },
  });
}

export const send: Readonly<Record<MessageClass, SendActivities>> = {
  transactional: sender('transactional'),
  service_feedback: sender('service_feedback'),
  promotional: sender('promotional'),
  compliance: sender('compliance'),
};
