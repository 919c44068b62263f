/** Messages of a shop that have gone out, and the statuses the provider sends about them. */
import { randomUUID } from 'node:crypto';
import { recordAccepted, submit } from '../../../db/sending/ledger/attempts.ts';
import { readMessageAndGate } from '../../../db/sending/ledger/ledger-message.ts';
import { NO_BASIS } from '../../../domain/sending/gate/decision.ts';
import { recordDecision } from '../../../db/sending/ledger/messages.ts';
import { saveText } from '../../../db/sending/lanes/slots.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import type { Shop } from '../shop.ts';

export const SENDER = '+393399957001';

/** A customer with an order. */
export interface WebhookBuyer {
  /** E.164. */
  readonly phone: string;
  readonly order: string;
  readonly contact: string;
}

export interface SentMessage {
  readonly message: string;
  readonly clientRef: string;
  readonly providerId: string;
}

/** A message about the order that was accepted. */
export async function sendMessage(
  shop: Shop,
  { order, contact }: WebhookBuyer,
  kind: MessageKind,
): Promise<SentMessage> {
  const now = shop.clock.at;
  const about = { brand: 'bottega', order, contact, step: kind, occurrence: '', kind, triggeredAt: now, dueAt: now };
  const intended = { ...about, channel: 'sms', usefulUntil: now + DAY, inReply: false, guards: [] } as const;
  const where = NO_BASIS;
  const { id = '' } = await recordDecision(shop.db, intended, { kind: 'send', rule: 'all_clear' }, where, now);
  await saveText(shop.db, id, { text: 'Ciao', locale: 'it', encoding: 'gsm7', segments: 1 });
  const read = await readMessageAndGate(shop.db, id, now);
  if (!read) throw new Error('no message');
  const clientRef = randomUUID().replaceAll('-', '');
  const { address, sender = '' } = read.gate;
  await submit(shop.db, read.message, read.gate, { clientRef, to: address?.e164 ?? '', from: sender }, now);
  const providerId = randomUUID();
  await recordAccepted(shop.db, clientRef, providerId, 'answer', now);
  return { message: id, clientRef, providerId };
}

/** The body of a status webhook. `error`: a code. */
export function statusOf(
  { clientRef, providerId }: Pick<SentMessage, 'clientRef' | 'providerId'>,
  {
    to,
    at,
    status,
    error,
  }: { readonly to: string; readonly at: number; readonly status: string; readonly error?: string },
) {
  return {
    message_uuid: providerId,
    to: to.slice(1),
    from: SENDER.slice(1),
    timestamp: new Date(at).toISOString(),
    status,
    channel: 'sms',
    client_ref: clientRef,
    ...(error !== undefined && {
      error: { type: `https://developer.vonage.com/api-errors/messages#${error}`, title: error },
    }),
  };
}
