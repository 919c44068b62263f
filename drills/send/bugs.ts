/** Three ways to send twice or not at all, around the real activity: a drill that does not find them proves nothing. */
import type { SendMessageDeps } from '../../activities/send-message.ts';
import { createSendMessage } from '../../activities/send-message.ts';
import type { SendActivities } from '../../activities/index.ts';
import type { Db } from '../../db/connect.ts';
import type { Bug } from './channel.ts';

type SendMessage = SendActivities['sendMessage'];

/** The activity, with a bug if there is to be one. */
export function createDrilledSend(deps: SendMessageDeps, bug: Bug | undefined): SendMessage {
  const send = createSendMessage(deps);
  switch (bug) {
    case undefined:
      return send;
    case 'blind_retry':
      // Forgets what an earlier run has begun, as everything does that only retries.
      return async (input) => {
        await replaceClaim(deps.db, input.message, ['submitted', 'unknown'], 'planned');
        return send(input);
      };
    case 'claim_then_skip':
      // Takes a claim for a sending.
      return async (input) => {
        const skipped = await replaceClaim(deps.db, input.message, ['submitted'], 'accepted');
        return skipped ? { kind: 'accepted' } : send(input);
      };
    case 'settle_at_once':
      // Takes what is not on record yet for not sent.
      return createSendMessage({ ...deps, settling: { ...deps.settling, lookUpAfter: 0, settleAfter: 0 } });
    default:
      return bug satisfies never;
  }
}

async function replaceClaim(db: Db, message: string, from: readonly string[], to: string): Promise<boolean> {
  return (await db('messages').where({ id: message }).whereIn('state', from).update({ state: to })) > 0;
}
