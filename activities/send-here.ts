/**
 * Sends from the worker of orders, inside the task of a workflow. The send queue costs the engine four of the seven state transitions
 * of a message and a task of the workflow; it is for messages that cannot be sent at once.
 */
import { log } from '@temporalio/activity';
import type { MessageAndGate } from '../db/ledger/ledger-message.ts';
import type { SendMessageInput } from './send-message.ts';
import type { SendMessageResult } from './send-result.ts';

/** Undefined: nothing is known of it here, and it is to be handed to the send queue. Never rejects. */
export type SendHere = (input: SendMessageInput, written?: MessageAndGate) => Promise<SendMessageResult | undefined>;

export interface Room {
  /** Sends at a time. */
  readonly atOnce: number;
  /** Ms. A send that took longer has met a slow provider or a busy lane: the next ones take the queue, where they keep no task waiting. */
  readonly slow: number;
  /** Ms, from then on. */
  readonly closedFor: number;
}

/** A send keeps a task of its worker while the provider answers, or while it waits for a token. Half of the tasks are left for what has to be heard. */
export const ROOM: Room = { atOnce: 6, slow: 1_000, closedFor: 5_000 };

/**
 * `leave`: the process stops, and what is still under way is left to the queue. A task that does not end would keep the worker from stopping: Temporal's
 * library ends it by force then, and the process with it.
 */
export function createSendHere(
  sendMessage: (input: SendMessageInput, written?: MessageAndGate) => Promise<SendMessageResult>,
  { atOnce, slow, closedFor }: Room = ROOM,
  leave?: AbortSignal,
): SendHere {
  /** Each ends the wait for a send under way. */
  const underWay = new Set<() => void>();
  leave?.addEventListener('abort', () => underWay.forEach((end) => end()));
  let closedUntil = 0;
  return async function sendHere(input, written) {
    const begun = performance.now();
    if (leave?.aborted || underWay.size >= atOnce || begun < closedUntil) return undefined;
    const left = Promise.withResolvers<undefined>();
    const end = (): void => left.resolve(undefined);
    underWay.add(end);
    try {
      return await Promise.race([sendMessage(input, written), left.promise]);
    } catch (error) {
      log.warn('a send has failed and goes to the queue', { message: input.message, code: codeOf(error) });
      return undefined;
    } finally {
      underWay.delete(end);
      const now = performance.now();
      if (now - begun > slow) closedUntil = now + closedFor;
    }
  };
}

/** The message of an error may quote values. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
