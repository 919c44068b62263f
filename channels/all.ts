/** The channels by name. A new one: its file, a row here, and its name in `CHANNELS` (domain/sending/message.ts). */
import type { Brand } from '../domain/orders/brand.ts';
import type { Channel } from '../domain/sending/message.ts';
import { CHANNELS } from '../domain/sending/message.ts';
import type { BrandSender, ChannelObject } from './channel.ts';
import { rcs } from './rcs.ts';
import { sms } from './sms.ts';

export const CHANNEL: Readonly<Record<Channel, ChannelObject>> = { sms, rcs };

/** Channels on which a person is known by the phone number: what is known of a number, and a STOP, is about all of them. */
export const REACHED_BY_NUMBER: readonly Channel[] = CHANNELS.filter((name) => CHANNEL[name].identity === 'e164');

/** Channels that are billed by the segment. On the others a text is one unit, however long it is. */
export const BILLED_BY_SEGMENT: readonly Channel[] = CHANNELS.filter((name) => CHANNEL[name].billedBy === 'segment');

/** Channels that take free text only for a while after the customer has written. */
export const WITH_REPLY_WINDOW: readonly Channel[] = CHANNELS.filter(
  (name) => CHANNEL[name].freeTextWithin !== undefined,
);

/** Channels on which a brand has a sender. */
export function channelsOfBrand(brand: Brand): readonly Channel[] {
  return CHANNELS.filter((name) => CHANNEL[name].sendersOf(brand).length > 0);
}

/** Every sender of a brand on every channel. */
export function sendersOf(brand: Brand): readonly BrandSender[] {
  return CHANNELS.flatMap((name) => CHANNEL[name].sendersOf(brand));
}

/**
 * The confirmation of a keyword that was written to a sender of the brand: `once` per opt-out; `never` if another
 * system answers it; `each` time for a Canadian short code, which has to answer every STOP.
 */
export type Confirming = 'once' | 'each' | 'never';

/** `to`: the sender that the customer wrote to. A number that the brand no longer has is answered from the one it has now. */
export function confirmingOf(brand: Brand, to: string, country: string | undefined): Confirming {
  const sender = sendersOf(brand).find(({ name }) => name === to);
  if (sender && sender.stopHandledBy !== 'us') return 'never';
  return sender?.kind === 'short_code' && country === 'CA' ? 'each' : 'once';
}
