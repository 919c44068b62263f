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
 * `checkConsent` with the send in it, which may wait 2 s for a token, hesitate for 5 s and call the provider for 10 s (`SETTLE_RULES`). A retry
 * after a crash starts from the ledger.
 */
export const { checkConsent: checkAndSend } = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '25 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});

/**
 * Steps of erasure and retention. One may process thousands of rows, or ask the provider a hundred times. They are
 * retried without end, because nothing may be left half done.
 */
export const privacy = proxyActivities<PrivacyActivities>({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes' },
});

/** Priority 1 goes first, so that order news does not wait behind a sale. */
const PRIORITY: Readonly<Record<MessageClass, number>> = {
  compliance: 1,
  transactional: 1,
  service_feedback: 3,
  promotional: 5,
};

/**
 * A send waits up to 2 s for a token, hesitates for at most 5 s and calls the provider for at most 10 s (`SETTLE_RULES`),
 * so almost every send of 15 s belongs to a dead worker. A living worker that is so late leaves an unknown outcome,
 * which is settled as usual. A refusal is a result and no error; only a crash or the database leads to a retry, which
 * starts from the ledger.
 */
function sender(messageClass: MessageClass): SendActivities {
  return proxyActivities<SendActivities>({
    taskQueue: SEND_QUEUE,
    startToCloseTimeout: '15 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
    priority: { priorityKey: PRIORITY[messageClass] },
  });
}

export const sendActivities: Readonly<Record<MessageClass, SendActivities>> = {
  transactional: sender('transactional'),
  service_feedback: sender('service_feedback'),
  promotional: sender('promotional'),
  compliance: sender('compliance'),
};
