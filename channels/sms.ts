import type { SenderSettings } from '../domain/orders/brand.ts';
import { senderKindOf } from '../domain/sending/gate/sender.ts';
import type { BrandSender, ChannelObject } from './channel.ts';
import { topLevelTtl } from './channel.ts';

/** Messages API 1.20.0. */
const TTL = { least: 20, most: 604_800 };

/** The channel that every phone number has. Its senders depend on the country of the recipient's number. */
export const sms: ChannelObject = {
  label: 'SMS',
  identity: 'e164',
  ttl: TTL,
  billedBy: 'segment',
  sendersOf: ({ senders = {}, ...own }) => [own, ...Object.values(senders)].map(toSender),
  senderFor: (brand, country) => toSender((country === undefined ? undefined : brand.senders?.[country]) ?? brand),
  // The encoding is chosen here, because with the provider's choice (`auto`) the bill could differ from the forecast.
  wireFields: ({ encoding, ttlSeconds }) => ({ ...topLevelTtl(TTL, ttlSeconds), sms: { encoding_type: encoding } }),
  // The webhook of an empty text lacks the field.
  readInbound: ({ text = '' }) => text,
};

function toSender({ sender, senderKind, stopHandledBy = 'us', optOutCode, optOutPhone }: SenderSettings): BrandSender {
  return {
    name: sender,
    kind: senderKind ?? senderKindOf(sender),
    stopHandledBy,
    ...(optOutCode !== undefined && { optOutCode }),
    ...(optOutPhone !== undefined && { optOutPhone }),
  };
}
