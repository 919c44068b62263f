import type { ChannelObject } from './channel.ts';
import { oneSender, topLevelTtl, typedOrTapped } from './channel.ts';

/** Messages API 1.20.0: three days at most. */
const TTL = { least: 20, most: 259_200 };

/** A feedback request after a purchase counts as a message about the order (Google, Vonage). */
const CATEGORIES = {
  transactional: 'transaction',
  service_feedback: 'transaction',
  promotional: 'promotion',
  compliance: 'transaction',
} as const;

export const rcs: ChannelObject = {
  label: 'RCS',
  identity: 'e164',
  buttons: { most: 11, longestLabel: 25 },
  ttl: TTL,
  billedBy: 'message',
  categories: CATEGORIES,
  ...oneSender('rcs', {
    format: /^[A-Za-z][A-Za-z0-9._-]{2,99}$/,
    meant: 'the name of a registered agent: letters, digits, dots, dashes and underscores',
  }),
  wireFields: (text) => ({ ...topLevelTtl(TTL, text.ttlSeconds), rcs: { category: CATEGORIES[text.class] } }),
  readInbound: typedOrTapped,
};
