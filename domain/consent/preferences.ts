/** The choices of a customer on the preference page. */
import type { Channel, Topic } from '../sending/message.ts';

export interface Preferences {
  readonly topicsOff: readonly Topic[];
  readonly channelsOff: readonly Channel[];
  /** Switches off everything but news of an order. */
  readonly mostPerWeek?: number;
  /** Nothing but news of an order before this moment, epoch ms. */
  readonly pausedUntil?: number;
}

export const NO_PREFERENCES: Preferences = { topicsOff: [], channelsOff: [] };
