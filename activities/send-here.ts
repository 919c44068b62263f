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
const ROOM: Room = { atOnce: 6, slow: 1_000, closedFor: 5_000 };

export function createSendHere(
  sendMessage: (input: SendMessageInput, written?: MessageAndGate) => Promise<SendMessageResult>,
  { atOnce, slow, closedFor }: Room = ROOM,
): SendHere {
  let underWay = 0;
  let closedUntil = 0;
  return async function sendHere(input, written) {
    const begun = performance.now();
    if (underWay >= atOnce || begun < closedUntil) return undefined;
    underWay += 1;
    try {
      return await sendMessage(input, written);
    } catch (error) {
      log.warn('a send has failed and goes to the queue', { message: input.message, code: String(error) });
      return undefined;
    } finally {
      underWay -= 1;
      const now = performance.now();
      if (now - begun > slow) closedUntil = now + closedFor;
    }
  };
}
