/**
 * Three bugs that send twice or not at all, put around the real activity. A drill that does not find them proves
 * nothing.
 */
import type { SendMessageDeps } from '../../../activities/send/send-message.ts';
import { createSendMessage } from '../../../activities/send/send-message.ts';
import type { Db } from '../../../db/connection/connect.ts';
import type { SendBug } from './channel.ts';

type SendMessage = ReturnType<typeof createSendMessage>;

/** The bug planted in an order's sends. Several bugs are dealt out by the number of the order. */
export function bugOf(order: string, bugs: readonly SendBug[]): SendBug | undefined {
  return bugs[Number(order.split('-').at(-1)) % bugs.length];
}

/** `sendMessage`, with the planted bugs. */
export function createDrilledSend(deps: SendMessageDeps, bugs: readonly SendBug[]): SendMessage {
  const send = createSendMessage(deps);
  const buggy = new Map(bugs.map((bug) => [bug, withBug(deps, send, bug)]));
  if (buggy.size === 0) return send;
  return async (input, inserted) => {
    const row: { order_id: string } | undefined = await deps
      .db('messages')
      .where({ id: input.message })
      .first('order_id');
    const bug = bugOf(row?.order_id ?? '', bugs);
    return ((bug && buggy.get(bug)) ?? send)(input, inserted);
  };
}

function withBug(deps: SendMessageDeps, send: SendMessage, bug: SendBug): SendMessage {
  switch (bug) {
    case 'blind_retry':
      // Forgets the work of an earlier run, as a program that only retries would.
      return async (input) => {
        await replaceClaim(deps.db, input.message, ['submitted', 'unknown'], 'planned');
        return send(input);
      };
    case 'claim_then_skip':
      // Takes a claim for a completed send.
      return async (input) => {
        const skipped = await replaceClaim(deps.db, input.message, ['submitted'], 'accepted');
        return skipped ? { kind: 'accepted' } : send(input);
      };
    case 'settle_at_once':
      // Takes a message that the records do not have yet for not sent.
      return createSendMessage({ ...deps, settling: { ...deps.settling, lookUpAfter: 0, settleAfter: 0 } });
    default:
      return bug satisfies never;
  }
}

async function replaceClaim(db: Db, message: string, from: readonly string[], to: string): Promise<boolean> {
  return (await db('messages').where({ id: message }).whereIn('state', from).update({ state: to })) > 0;
}
