/** The subjects of the drill's webhooks: messages that the provider has accepted, and their statuses, signed beforehand. */
import type { Db } from '../../../db/connection/connect.ts';
import type { AcceptedMessage } from '../../../vonage/fake/receipts.ts';
import { receiptsOf } from '../../../vonage/fake/receipts.ts';
import type { WebhookSigner } from '../../../vonage/fake/webhooks.ts';
import { signWebhook } from '../../../vonage/fake/webhooks.ts';
import type { StatusKey } from './judge.ts';

/** One signed webhook, ready to be posted. */
export interface SignedStatus {
  readonly key: StatusKey;
  readonly body: Buffer;
  readonly authorization: string;
}

const TEXT = 'Bottega Sole: il tuo ordine è in viaggio.';
const PHONE = '+393471230000';

/** Puts accepted messages of one customer of the brand into the ledger; a real one would take three statements each. */
export async function fillDrillLedger(
  db: Db,
  brand: { readonly id: string; readonly sender: string },
  count: number,
  now: number,
): Promise<AcceptedMessage[]> {
  const at = new Date(now).toISOString();
  const { rows } = await db.raw<{ rows: { client_ref: string; provider_id: string }[] }>(
    `with contact as (insert into contacts (brand_id, created_at) values (:brand, :at) returning id),
     message as (
       insert into messages (brand_id, contact_id, step, occurrence, kind, class, channel, state, triggered_at, due_at, useful_until,
           body, submitted_at, accepted_at, created_at)
         select :brand, contact.id, 'shipped', 'parcel-' || n, 'shipped', 'transactional', 'sms', 'accepted', :at, :at, :at,
           :text, :at, :at, :at from contact, generate_series(1, cast(:count as int)) n
       returning id)
     insert into attempts (message_id, number, client_ref, submitted_at, outcome, provider_id, finished_at, settled_by, address, sender)
       select id, 1, replace(cast(gen_random_uuid() as text), '-', ''), :at, 'accepted', cast(gen_random_uuid() as text), :at, 'answer',
         :phone, :sender from message
     returning client_ref, provider_id`,
    { brand: brand.id, sender: brand.sender, count, at, text: TEXT, phone: PHONE },
  );
  return rows.map((row) => ({
    providerId: row.provider_id,
    clientRef: row.client_ref,
    channel: 'sms',
    to: PHONE,
    from: brand.sender,
    text: TEXT,
    encoding: 'text',
    category: null,
    ttlSeconds: null,
    acceptedAt: now,
  }));
}

/** `submitted` and `delivered` of every message, signed. */
export async function signedStatuses(
  messages: readonly AcceptedMessage[],
  signer: WebhookSigner,
  now: number,
): Promise<SignedStatus[]> {
  const signed: SignedStatus[] = [];
  for (const message of messages)
    for (const status of receiptsOf(message, now, undefined)) {
      const body = Buffer.from(JSON.stringify(status));
      const key: StatusKey = `${message.providerId} ${(status as { status: string }).status}`;
      signed.push({ key, body, authorization: await signWebhook(body, signer) });
    }
  return signed;
}
