/**
 * The channels of Vonage that the stand-in plays: a text on each as Vonage OpenAPI "Messages API" 1.20.0 takes it, and how they differ in what
 * is reported. The stand-in judges what was sent, so it never asks `channels/`, and it knows channels on which Dopo sends nothing yet.
 */
import { z } from 'zod';

/** The specification documents 100 in words only; error 1450 says the same. */
const LONGEST_CLIENT_REF = 100;

const httpUrl = z.url({ protocol: /^https?$/ });
const number = z.string().regex(/^[1-9]\d{6,14}$/, 'must be E.164 without + or 00');

const common = {
  message_type: z.literal('text'),
  to: number,
  client_ref: z.string().max(LONGEST_CLIENT_REF).optional(),
  webhook_url: httpUrl.optional(),
  webhook_version: z.enum(['v0.1', 'v1']).optional(),
};

const text = (longest: number) => z.string().min(1).max(longest);
const rcsCategory = z.enum(['authentication', 'transaction', 'promotion', 'service-request', 'acknowledgement']);

/** Unknown fields are tolerated, as the specification does. */
export const messageRequest = z.discriminatedUnion('channel', [
  z.object({
    ...common,
    channel: z.literal('sms'),
    from: z.string().min(1).max(15),
    text: text(3200),
    ttl: z.int().min(20).max(604_800).optional(),
    sms: z
      .object({ encoding_type: z.enum(['text', 'unicode', 'auto']).default('auto') })
      .default({ encoding_type: 'auto' }),
  }),
  z.object({
    ...common,
    channel: z.literal('rcs'),
    from: z.string().regex(/^\S+$/, 'must be a registered sender without spaces'),
    text: text(3072),
    ttl: z.int().min(20).max(259_200).optional(),
    rcs: z.object({ category: rcsCategory.optional() }).optional(),
  }),
  z.object({ ...common, channel: z.literal('whatsapp'), from: number, text: text(4096), ttl: z.never().optional() }),
]);

export type MessageRequest = z.output<typeof messageRequest>;
export type VonageChannel = MessageRequest['channel'];
export const vonageChannel = z.enum(['sms', 'rcs', 'whatsapp'] satisfies VonageChannel[]);

/** The fields of one channel alone, as they were sent. */
export function ownFields(request: MessageRequest): {
  readonly encoding: 'text' | 'unicode' | 'auto' | null;
  readonly category: string | null;
} {
  return {
    encoding: request.channel === 'sms' ? request.sms.encoding_type : null,
    category: request.channel === 'rcs' ? (request.rcs?.category ?? null) : null,
  };
}

/** Channels that report that a message was read. */
export function tellsOfReading(channel: VonageChannel): boolean {
  return channel !== 'sms';
}

/** Channels that charge by the part, and say in a status how many there were and what they cost. */
export function reportsParts(channel: VonageChannel): boolean {
  return channel === 'sms';
}

/** The name of the sender on the phones page. */
export function shownSender(channel: VonageChannel, from: string): string {
  return channel === 'sms' ? from : `${from} (${channel === 'rcs' ? 'RCS' : 'WhatsApp'})`;
}

/** The channel of a customer's text that names none: SMS if it was sent to a number, RCS if it was sent to an agent. */
export function channelOfSender(to: string): VonageChannel {
  return /^\+?\d/.test(to) ? 'sms' : 'rcs';
}

/** The fields of an inbound webhook that one channel alone has. */
export function inboundFields(channel: VonageChannel, typed: string): Readonly<Record<string, unknown>> {
  if (channel !== 'sms') return {};
  return {
    sms: { num_messages: '1', keyword: (typed.trim().split(/\s+/)[0] ?? '').toUpperCase() },
    usage: { currency: 'EUR', price: '0.0000' },
    origin: { network_code: '22210' },
  };
}
