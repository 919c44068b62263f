/**
 * Vonage's status and inbound webhooks as typed facts: numbers in E.164 with `+`, times in epoch milliseconds, unknown fields
 * ignored. Everything numeric is a string on the wire.
 *
 * Source: Vonage OpenAPI "Messages API" 1.20.0, webhooks `message-status` and `inbound-message`.
 */
import { z } from 'zod';
import { CHANNEL } from '../channels/all.ts';
import type { Channel } from '../domain/sending/message.ts';
import { CHANNELS } from '../domain/sending/message.ts';
import { errorMeaning } from './error-codes.ts';
import type { ErrorMeaning } from './error-codes.ts';
import { wireInstant, senderOrRecipient, UUID_SHAPE, shortWord } from './wire.ts';

export { UNCLEAR_CODES } from './error-codes.ts';
export { shapeOfToken, verifyWebhook } from './webhook-signature.ts';

/** They come twice and out of order (nothing is promised): which of them counts is the ledger's to say. */
const STATUSES = ['submitted', 'undeliverable', 'rejected', 'delivered', 'read'] as const;
export type ProviderStatus = (typeof STATUSES)[number];

export type UnreadableReason = 'not_utf8' | 'not_json' | 'unknown_status' | 'fields';

export interface StatusWebhook {
  readonly kind: 'status';
  readonly providerId: string;
  readonly status: ProviderStatus;
  /**
   * Epoch ms by the provider's clock. Absent: the webhook names an impossible moment, so the time of arrival counts.
   */
  readonly at?: number;
  readonly channel: string;
  readonly to: string;
  readonly from: string;
  readonly clientRef?: string;
  /**
   * An error with the status `submitted` does not end the message: after 1220, Vonage itself tries again. `code`:
   * three or four digits, or `none`.
   */
  readonly error?: ErrorMeaning & { readonly code: string };
  /**
   * As Vonage sent it. Its documents do not say whether the price is per message or per part, so nothing is computed
   * from it.
   */
  readonly price?: { readonly amount: string; readonly currency: string };
  readonly segments?: number;
}

/** A customer's words on a channel that Dopo sends on. */
export interface InboundText {
  readonly kind: 'text';
  readonly channel: Channel;
  readonly providerId: string;
  /** Epoch milliseconds. Absent: the webhook's time cannot be used, so the time of arrival counts. */
  readonly at?: number;
  /** The customer. */
  readonly from: string;
  /** Our number or agent. */
  readonly to: string;
  /** The text that was typed, or the label of the reply or button that was tapped. */
  readonly text: string;
}

/** A message without words, or on another channel. */
export interface InboundOther {
  readonly kind: 'other';
  readonly channel: string;
  readonly messageType: string;
  readonly providerId: string;
  readonly at?: number;
  /** A number, or a channel's own user id. */
  readonly from: string;
  readonly to: string;
}

export interface UnreadableWebhook {
  readonly kind: 'unreadable';
  readonly why: UnreadableReason;
}

const numeric = z.union([z.string(), z.number().transform(String)]);

const common = {
  message_uuid: z.string().regex(UUID_SHAPE).toLowerCase(),
  channel: shortWord,
  to: senderOrRecipient,
  from: senderOrRecipient,
};

/** The provider did not exist before 2000, and PostgreSQL reads neither the year 0 nor a year of six digits. */
const [FIRST_MOMENT, LAST_MOMENT] = [Date.UTC(2000, 0, 1), Date.UTC(9999, 11, 31)];
const canBe = (at: number): boolean => at >= FIRST_MOMENT && at <= LAST_MOMENT;

const statusBody = z.object({
  ...common,
  // An impossible moment, such as the year 1, would become the moment at which a message was accepted.
  timestamp: wireInstant.transform((at) => (canBe(at) ? at : undefined)),
  status: z.string(),
  client_ref: shortWord.optional(),
  error: z.object({ type: z.string().optional(), title: numeric.optional() }).optional(),
  usage: z.object({ price: numeric, currency: z.string() }).optional().catch(undefined),
  sms: z.object({ count_total: numeric.optional() }).optional().catch(undefined),
});

const label = z.object({ title: shortWord.optional(), text: shortWord.optional() }).optional().catch(undefined);
/** A text with an unusable time is accepted, because it may be a STOP. */
const instantOrNone = wireInstant.refine(canBe).optional().catch(undefined);

const inboundBody = z.object({
  ...common,
  timestamp: instantOrNone,
  message_type: shortWord.default('text'),
  text: shortWord.optional(),
  reply: label,
  button: label,
});

/** The header of an SMS part has one byte for the number of parts. */
const MOST_SEGMENTS = 255;

/** Parses the body of a status webhook. Never throws. */
export function parseStatus(rawBody: Buffer): StatusWebhook | UnreadableWebhook {
  const json = decode(rawBody);
  if ('why' in json) return { kind: 'unreadable', why: json.why };
  const parsed = statusBody.safeParse(json.value);
  if (!parsed.success) return { kind: 'unreadable', why: 'fields' };
  const { status, client_ref: clientRef, error, usage, sms, ...rest } = parsed.data;
  if (!isProviderStatus(status)) return { kind: 'unreadable', why: 'unknown_status' };
  const segments = Number(sms?.count_total);
  const at = rest.timestamp;
  return {
    kind: 'status',
    providerId: rest.message_uuid,
    status,
    ...(at !== undefined && { at }),
    channel: rest.channel,
    to: rest.to,
    from: rest.from,
    ...(clientRef === undefined ? {} : { clientRef }),
    ...(error === undefined ? {} : { error: errorOf(error) }),
    ...(usage === undefined ? {} : { price: { amount: usage.price, currency: usage.currency } }),
    // A count that does not fit the column is left out. With it, the whole receipt could not be stored and the
    // message would not count as delivered.
    ...(Number.isInteger(segments) && segments > 0 && segments <= MOST_SEGMENTS ? { segments } : {}),
  };
}

/** Parses the body of an inbound webhook. Never throws. */
export function parseInbound(rawBody: Buffer): InboundText | InboundOther | UnreadableWebhook {
  const json = decode(rawBody);
  if ('why' in json) return { kind: 'unreadable', why: json.why };
  const parsed = inboundBody.safeParse(json.value);
  if (!parsed.success) return { kind: 'unreadable', why: 'fields' };
  const { message_uuid: providerId, channel, to, from, timestamp: at, message_type: messageType } = parsed.data;
  const received = { providerId, from, to, ...(at !== undefined && { at }) };
  const known = CHANNELS.find((name) => name === channel);
  const { text: typed, reply, button } = parsed.data;
  const text = known && CHANNEL[known].readInbound({ text: typed, reply: reply?.title, button: button?.text });
  if (known === undefined || text === undefined) return { kind: 'other', channel, messageType, ...received };
  return { kind: 'text', channel: known, ...received, text };
}

function decode(rawBody: Buffer): { value: unknown } | { why: 'not_utf8' | 'not_json' } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
  } catch {
    return { why: 'not_utf8' };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { why: 'not_json' };
  }
}

function isProviderStatus(value: string): value is ProviderStatus {
  return STATUSES.some((status) => status === value);
}

/** The code is the title as a string (`"1240"`), else the fragment of the type URL. */
function errorOf(error: { type?: string | undefined; title?: string | undefined }): StatusWebhook['error'] & object {
  const code = [error.title, error.type?.split('#').at(-1)].find((value) => /^\d{3,4}$/.test(value ?? '')) ?? 'none';
  return { code, ...errorMeaning(code) };
}
