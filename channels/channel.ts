/**
 * The contract of a channel. One object per channel answers everything that the service asks about it; `channels/all.ts` lists them. A file
 * outside of this folder asks the object and does not compare a channel's name: a new channel would have to find the comparison.
 */
import type { Brand, StopHandler } from '../domain/orders/brand.ts';
import type { Channel, MessageClass } from '../domain/sending/message.ts';
import type { SmsSender } from '../domain/sending/gate/sender.ts';

/** A sender of a brand on a channel, with what it can do. */
export interface BrandSender extends Omit<SmsSender, 'kind'> {
  /** `agent`: registered with the channel's operator, so the rules of phone networks about senders do not hold for it. */
  readonly kind: SmsSender['kind'] | 'agent';
  readonly stopHandledBy: StopHandler;
  readonly optOutCode?: string;
  readonly optOutPhone?: string;
}

/** The part of an outgoing message that channels write in different ways. */
export interface ChannelText {
  readonly encoding: 'text' | 'unicode';
  readonly class: MessageClass;
  readonly ttlSeconds?: number;
}

/** The content of an inbound webhook, as far as it is text. */
export interface InboundContent {
  readonly text?: string | undefined;
  /** The label of a suggested reply that was tapped. */
  readonly reply?: string | undefined;
  /** The label of a button that was tapped. */
  readonly button?: string | undefined;
}

export interface ChannelObject {
  /** The name that customers know. A language can have another (`channel` in locales/<tag>/page.ts). */
  readonly label: string;
  /** `e164`: the channel reaches phone numbers. `opaque`: it gives each person an id, which is known once the person has written. */
  readonly identity: 'e164' | 'opaque';
  /** Free text may be sent for so long after the customer's last message on the channel, ms. Absent: always. The gate asks. */
  readonly freeTextWithin?: number;
  /** Buttons that come back to us. Absent: it has none. No text has any yet. */
  readonly buttons?: { readonly most: number; readonly longestLabel: number };
  /** Seconds for which the operator can be told to try. Absent: it cannot be told. */
  readonly ttl?: { readonly least: number; readonly most: number };
  readonly billedBy: 'segment' | 'message';
  /** The operator's names for our classes. Absent: it has no names for them. */
  readonly categories?: Readonly<Record<MessageClass, string>>;
  /** The form of the sender under `channels` in a brand's file. Absent: the brand sends from `sender` and `senders`. */
  readonly fileSender?: { readonly format: RegExp; readonly meant: string };
  /** Every sender of the brand, its own first. */
  sendersOf(brand: Brand): readonly BrandSender[];
  /** The sender that a person with a number of `country` sees. Undefined: the brand has none here. */
  senderFor(brand: Brand, country: string | undefined): BrandSender | undefined;
  /** The fields of a text on the wire beyond those that every channel has. */
  wireFields(text: ChannelText): Readonly<Record<string, unknown>>;
  /** The words of a customer. Undefined: the message has none. */
  readInbound(content: InboundContent): string | undefined;
}

/**
 * Until when free text may be sent to a customer who wrote on the channel last at `wroteAt`, both epoch ms. Undefined: always. A customer who
 * has not written there can be sent none, whatever the moment.
 */
export function freeTextUntil(
  { freeTextWithin }: Pick<ChannelObject, 'freeTextWithin'>,
  wroteAt: number | undefined,
): number | undefined {
  if (freeTextWithin === undefined) return undefined;
  return wroteAt === undefined ? 0 : wroteAt + freeTextWithin;
}

/** The senders of a channel on which a brand has one for all countries: the one under `channels` in its file. */
export function oneSender(
  channel: Channel,
  fileSender: { readonly format: RegExp; readonly meant: string },
): Pick<ChannelObject, 'fileSender' | 'sendersOf' | 'senderFor'> {
  const senderFor = ({ channels }: Brand): BrandSender | undefined => {
    const name = channels?.[channel]?.sender;
    return name === undefined ? undefined : { name, kind: 'agent', stopHandledBy: 'us' };
  };
  return {
    fileSender,
    senderFor,
    sendersOf(brand) {
      const sender = senderFor(brand);
      return sender ? [sender] : [];
    },
  };
}

/** `ttl` within what the channel takes: a time to live out of range would be refused with the message (422). */
export function topLevelTtl(
  { least, most }: { readonly least: number; readonly most: number },
  seconds: number | undefined,
): { readonly ttl?: number } {
  return seconds === undefined ? {} : { ttl: Math.min(Math.max(Math.ceil(seconds), least), most) };
}

/** The typed text, or the label of the reply or button that was tapped. */
export function typedOrTapped({ text, reply, button }: InboundContent): string | undefined {
  return text ?? reply ?? button;
}
