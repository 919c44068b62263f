/** Compares the provider's log of the STOP drill with the ledger. */
import type { MessageState } from '../../../domain/sending/message.ts';
import type { MessageSender } from '../../../vonage/port.ts';
import type { StopStage } from './stage.ts';

/** Looks, before each call of the provider and over a connection of its own, whether the submission is there for everybody to see. */
export function watchedSender({ db, sender }: StopStage): { readonly sender: MessageSender; uncommitted(): number } {
  let uncommitted = 0;
  return {
    uncommitted: () => uncommitted,
    sender: {
      answers: () => sender.answers(),
      async send(message) {
        if (!(await db('attempts').where({ client_ref: message.clientRef }).first('id'))) uncommitted += 1;
        return sender.send(message);
      },
    },
  };
}

/**
 * Messages with a wrong end: submitted, but not exactly once at the provider; or not submitted, for another reason
 * than the STOP.
 */
export async function unclearMessages({ db, fake }: StopStage, submitted: ReadonlySet<string>): Promise<number> {
  const messages = await db('messages').select<{ id: string; state: MessageState; reason: string | null }[]>(
    'id',
    'state',
    'reason',
  );
  const owners = await db('attempts').select<{ client_ref: string; message_id: string }[]>('client_ref', 'message_id');
  const messageOf = new Map(owners.map(({ client_ref: ref, message_id: message }) => [ref, message]));
  const taken = new Map<string, number>();
  for (const { clientRef } of fake.messages()) {
    const message = messageOf.get(clientRef ?? '') ?? 'of no attempt';
    taken.set(message, (taken.get(message) ?? 0) + 1);
  }
  const unclear = messages.filter(({ id, state, reason }) =>
    submitted.has(id)
      ? state !== 'accepted' || taken.get(id) !== 1
      : state !== 'suppressed' || !['opted_out', 'no_consent'].includes(reason ?? '') || taken.has(id),
  );
  return unclear.length + (taken.get('of no attempt') ?? 0);
}
