/**
 * Sends from the worker of orders, inside a workflow task. A message on the send queue costs seven state transitions and one workflow task
 * more; sent here it costs three (docs/decisions/0100).
 */
import { log } from '@temporalio/activity';
import type { MessageAndGate } from '../../db/sending/ledger/ledger-message.ts';
import type { SendMessageInput } from './send-message.ts';
import type { SendMessageResult } from '../../domain/sending/intent.ts';

/** Undefined: the message was not sent, or its result is not known. The workflow then puts it into the send queue. Never rejects. */
export type SendInPlace = (
  input: SendMessageInput,
  inserted?: MessageAndGate,
) => Promise<SendMessageResult | undefined>;

export interface InPlaceLimits {
  /** The most sends under way. */
  readonly mostUnderWay: number;
  /** Ms. A send that took longer met a slow provider or a busy lane. The next messages take the queue, where they block no workflow task. */
  readonly slow: number;
  /** Ms for which no send begins here after a slow one. */
  readonly closedFor: number;
  /** Ms after which a workflow task no longer waits for its send. */
  readonly patience: number;
}

/**
 * A send blocks one of the worker's twelve workflow tasks while it waits for a token or for the provider. Six stay free for signals. An order
 * hears nothing while its task lasts, and an operator's command waits for it for 5 s, so a task is over before that.
 */
export const IN_PLACE_LIMITS: InPlaceLimits = { mostUnderWay: 6, slow: 1_000, closedFor: 5_000, patience: 3_000 };

/**
 * A send that outlasts the patience of its task goes on by itself and keeps its place. The queue finds its message submitted, with an unknown outcome
 * that the answer settles when it comes. `leave`: aborts when the process stops, and the sends under way then go to the queue. A task that does not end would keep the worker from
 * stopping until Temporal's library ends the worker by force, and the process with it.
 */
export function createSendInPlace(
  sendMessage: (input: SendMessageInput, inserted?: MessageAndGate) => Promise<SendMessageResult>,
  { mostUnderWay, slow, closedFor, patience }: InPlaceLimits = IN_PLACE_LIMITS,
  leave?: AbortSignal,
): SendInPlace {
  /** One function for each send under way: it ends the wait for the send. */
  const underWay = new Set<() => void>();
  leave?.addEventListener('abort', () => underWay.forEach((end) => end()));
  let closedUntil = 0;
  return async function sendInPlace(input, inserted) {
    const begun = performance.now();
    if (leave?.aborted || underWay.size >= mostUnderWay || begun < closedUntil) return undefined;
    const left = Promise.withResolvers<undefined>();
    const end = (): void => left.resolve(undefined);
    underWay.add(end);
    const closeIfSlow = (): void => {
      const now = performance.now();
      if (now - begun > slow) closedUntil = now + closedFor;
    };
    const impatient = setTimeout(end, patience);
    const sent = sendMessage(input, inserted).finally(() => {
      underWay.delete(end);
      closeIfSlow();
    });
    try {
      return await Promise.race([sent, left.promise]);
    } catch (error) {
      log.warn('a send has failed and goes to the queue', { message: input.message, code: codeOf(error) });
      return undefined;
    } finally {
      clearTimeout(impatient);
      closeIfSlow();
    }
  };
}

/** The message of an error may quote values. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
