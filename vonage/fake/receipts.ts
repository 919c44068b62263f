/**
 * The bodies of the stand-in's webhooks, in the shapes of Vonage OpenAPI "Messages API" 1.20.0: everything numeric is a
 * string, numbers have no `+`.
 */
import { randomUUID } from 'node:crypto';
import type { Receipt } from '../../domain/sending/ledger.ts';
import type { VonageChannel } from './channels.ts';
import { channelOfSender, inboundFields, reportsParts, tellsOfReading } from './channels.ts';
import type { ReceiptFault } from './faults.ts';
import { withoutPlus } from '../wire.ts';

/** A message that the stand-in has accepted: the judge of what was really sent. */
export interface AcceptedMessage {
  readonly providerId: string;
  readonly channel: VonageChannel;
  /** E.164 with `+`. */
  readonly to: string;
  readonly from: string;
  readonly text: string;
  readonly clientRef: string | null;
  /** Null: the channel has none. */
  readonly encoding: 'text' | 'unicode' | 'auto' | null;
  /** As it was sent. Null: the channel has none. */
  readonly category: string | null;
  /** Seconds for which the operator tries, as it was sent. Null: the provider's own 72 hours. */
  readonly ttlSeconds: number | null;
  /** When the request arrived, epoch milliseconds by the stand-in's clock. */
  readonly acceptedAt: number;
}

/** The end of a message. */
export interface Fate {
  readonly receipt: Receipt;
  /** Of a message that did not arrive. */
  readonly code?: string;
}

/** A made-up price per part; what a real part costs depends on the country. */
const PRICE_PER_PART = 0.05;

/** The time to live ended before the phone was switched on. */
const EXPIRED = '1360';

/**
 * Without a time to live the provider tries for 72 hours, then reports that the message has expired, and ignores
 * later receipts of the operator (KB 115007053127).
 */
const PROVIDERS_OWN_MS = 72 * 60 * 60_000;

/** The end of a message that was not delivered within its time to live. */
export const EXPIRED_FATE: Fate = { receipt: 'rejected', code: EXPIRED };

/** Epoch milliseconds. */
export function expiresAt({ acceptedAt, ttlSeconds }: AcceptedMessage): number {
  return acceptedAt + (ttlSeconds === null ? PROVIDERS_OWN_MS : ttlSeconds * 1000);
}

/** The receipt that replaces those of a message that was not delivered within its time to live. */
export function expiryOf(message: AcceptedMessage): { readonly at: number; readonly receipt: object } {
  const at = expiresAt(message);
  return { at, receipt: { ...statusBody(message, 'rejected', at), error: errorOf(EXPIRED) } };
}

/** The status webhooks of a message in the order they are posted: submitted, then delivered, unless a fault says otherwise. */
export function receiptsOf(message: AcceptedMessage, at: number, fault: ReceiptFault | undefined): object[] {
  const submitted = statusBody(message, 'submitted', at);
  const delivered = statusBody(message, 'delivered', at);
  switch (fault?.kind) {
    case undefined:
    case 'held_receipts':
      return [submitted, delivered];
    case 'no_receipts':
      return [];
    case 'duplicate_receipts':
      return [submitted, submitted, delivered, delivered];
    case 'reordered_receipts':
      return [delivered, submitted];
    case 'error_receipt':
      return [submitted, { ...statusBody(message, fault.status, at), error: errorOf(fault.code) }];
    case 'read_receipt':
      return tellsOfReading(message.channel)
        ? [submitted, delivered, statusBody(message, 'read', at)]
        : [submitted, delivered];
    default:
      return fault satisfies never;
  }
}

/**
 * The state of a message in the records. Without receipts the records do not know of a delivery either, until the
 * time to live has passed.
 */
export function fateOf(channel: VonageChannel, fault: ReceiptFault | undefined): Fate {
  switch (fault?.kind) {
    case 'no_receipts':
    case 'held_receipts':
      return { receipt: 'submitted' };
    case 'error_receipt':
      return { receipt: fault.status, code: fault.code };
    case 'read_receipt':
      return { receipt: tellsOfReading(channel) ? 'read' : 'delivered' };
    case 'duplicate_receipts':
    case 'reordered_receipts':
    case undefined:
      return { receipt: 'delivered' };
    default:
      return fault satisfies never;
  }
}

/** The inbound webhook of a customer's text. */
export function inboundOf(
  from: string,
  to: string,
  text: string,
  at: number,
  channel = channelOfSender(to),
): Readonly<Record<string, unknown>> & { readonly message_uuid: string } {
  return {
    channel,
    message_uuid: randomUUID(),
    to: withoutPlus(to),
    from: withoutPlus(from),
    timestamp: new Date(at).toISOString(),
    message_type: 'text',
    text,
    ...inboundFields(channel, text),
  };
}

function statusBody(message: AcceptedMessage, status: Receipt, at: number) {
  return {
    message_uuid: message.providerId,
    to: withoutPlus(message.to),
    from: withoutPlus(message.from),
    timestamp: new Date(at).toISOString(),
    status,
    channel: message.channel,
    ...(message.clientRef === null ? {} : { client_ref: message.clientRef }),
    destination: { network_code: '22210' },
    ...(reportsParts(message.channel) ? partFields(message) : {}),
  };
}

function partFields(message: AcceptedMessage) {
  const parts = partsOf(message);
  return {
    usage: { currency: 'EUR', price: (parts * PRICE_PER_PART).toFixed(4) },
    sms: { count_total: String(parts) },
  };
}

/**
 * An estimate that is good enough for a stand-in: 160/153 characters or 70/67 UTF-16 units; an extension character
 * counts once.
 */
function partsOf({ text, encoding }: AcceptedMessage): number {
  const wide = encoding === 'unicode' || (encoding === 'auto' && /[^\0-\x7f]/.test(text));
  const [single, part] = wide ? [70, 67] : [160, 153];
  return text.length <= single ? 1 : Math.ceil(text.length / part);
}

function errorOf(code: string): object {
  const type = `https://developer.vonage.com/api-errors/messages#${code}`;
  return { type, title: code, detail: `Error ${code}`, instance: randomUUID() };
}
