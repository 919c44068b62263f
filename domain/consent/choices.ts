/** The choices on the preference page, and their effect. A form is always compared with the choices that it showed. */
import type { ConsentClass, Consents } from './consent.ts';
import type { Channel, Topic } from '../sending/message.ts';
import { TOPICS } from '../sending/message.ts';

/** The choices of a customer on the preference page. */
export interface Preferences {
  readonly topicsOff: readonly Topic[];
  readonly channelsOff: readonly Channel[];
  /** Switches off everything but news of an order. */
  readonly mostPerWeek?: number;
  /** Before this moment the person gets only news of orders, epoch ms. */
  readonly pausedUntil?: number;
}

export const NO_PREFERENCES: Preferences = { topicsOff: [], channelsOff: [] };

/** Topics that can be switched off one by one. News of an order ends only with everything else. */
export type ChosenTopic = Exclude<Topic, 'orders'>;
export const CHOSEN_TOPICS: readonly ChosenTopic[] = TOPICS.filter((topic) => topic !== 'orders');

/** Topics that need a consent, by the class of their messages. */
const CLASS_OF: Readonly<Record<ChosenTopic, ConsentClass>> = {
  tips: 'transactional',
  feedback: 'service_feedback',
  reviews: 'promotional',
  offers: 'promotional',
};

/** The rows of the page. */
export interface Choices {
  /** Ticked. */
  readonly topics: readonly ChosenTopic[];
  readonly channels: readonly Channel[];
  readonly mostPerWeek?: number;
  /** Before this moment the person gets only news of orders, epoch ms. */
  readonly pausedUntil?: number;
  /** The zone the person has set. */
  readonly zone?: string;
}

/** The present state of a person's choices. */
export interface Chooser {
  readonly preferences: Preferences;
  /** Classes that may be sent at present: consent was given, or none is needed. */
  readonly allowed: readonly ConsentClass[];
  readonly channels: readonly Channel[];
  readonly zone?: string;
}

/** The choices that the page shows. A topic is ticked only if its messages would be sent. */
export function choicesOf({ preferences, allowed, channels, zone }: Chooser, now: number): Choices {
  const { topicsOff, channelsOff, mostPerWeek, pausedUntil } = preferences;
  return {
    topics: CHOSEN_TOPICS.filter(
      (topic) => !topicsOff.includes(topic) && (topic === 'tips' || allowed.includes(CLASS_OF[topic])),
    ),
    channels: channels.filter((channel) => !channelsOff.includes(channel)),
    ...(mostPerWeek !== undefined && { mostPerWeek }),
    ...(pausedUntil !== undefined && pausedUntil > now && { pausedUntil }),
    ...(zone !== undefined && { zone }),
  };
}

/** A ticked box gives a consent, with the words beside it. Unticking the last box of a class withdraws it. */
export type ConsentChange =
  | { readonly action: 'granted'; readonly class: ConsentClass; readonly topic: ChosenTopic }
  | { readonly action: 'withdrawn'; readonly class: ConsentClass; readonly topics: readonly ChosenTopic[] };

export interface Chosen {
  readonly choices: Choices;
  readonly preferences: Preferences;
  readonly consents: readonly ConsentChange[];
}

/**
 * The effect of a sent form. Its differences from the choices that it showed are applied to the present ones. So two
 * open pages do not undo each other, and untouched boxes neither give nor withdraw anything.
 */
export function choose(chooser: Chooser, shown: Choices, sent: Choices, now: number): Chosen {
  const stands = choicesOf(chooser, now);
  const ticked = sent.topics.filter((topic) => !shown.topics.includes(topic));
  const unticked = shown.topics.filter((topic) => !sent.topics.includes(topic));
  const topics = CHOSEN_TOPICS.filter(
    (topic) => ticked.includes(topic) || (stands.topics.includes(topic) && !unticked.includes(topic)),
  );
  const changed = <T>(name: 'mostPerWeek' | 'pausedUntil' | 'zone', of: (choices: Choices) => T): T =>
    of(sent[name] === shown[name] ? stands : sent);
  const mostPerWeek = changed('mostPerWeek', (choices) => choices.mostPerWeek);
  const pausedUntil = changed('pausedUntil', (choices) => choices.pausedUntil);
  const zone = changed('zone', (choices) => choices.zone);
  const reached = chooser.channels.filter((channel) => {
    const same = shown.channels.includes(channel) === sent.channels.includes(channel);
    return (same ? stands : sent).channels.includes(channel);
  });
  // Two pages may each have switched off one channel. A person without a channel is stopped for everything.
  const channels = reached.length > 0 ? reached : sent.channels;
  const consents = [
    ...ticked.filter((topic) => topic !== 'tips').map((topic) => grant(topic)),
    ...withdrawals(shown, sent, topics),
  ];
  const { topicsOff, channelsOff } = chooser.preferences;
  const granted = consents.flatMap((one) => (one.action === 'granted' ? [one.class] : []));
  return {
    choices: {
      topics,
      channels,
      ...(mostPerWeek !== undefined && { mostPerWeek }),
      ...(pausedUntil !== undefined && { pausedUntil }),
      ...(zone !== undefined && { zone }),
    },
    preferences: {
      // A new consent covers the topic that was ticked and no other topic of its class.
      topicsOff: CHOSEN_TOPICS.filter(
        (topic) =>
          !topics.includes(topic) &&
          (topicsOff.includes(topic) || unticked.includes(topic) || granted.includes(CLASS_OF[topic])),
      ),
      // A channel that the brand has none on is left as it was.
      channelsOff: [
        ...channelsOff.filter((channel) => !chooser.channels.includes(channel)),
        ...chooser.channels.filter((channel) => !channels.includes(channel)),
      ],
      ...(mostPerWeek !== undefined && { mostPerWeek }),
      ...(pausedUntil !== undefined && { pausedUntil }),
    },
    consents,
  };
}

function grant(topic: ChosenTopic): ConsentChange {
  return { action: 'granted', class: CLASS_OF[topic], topic };
}

function withdrawals(shown: Choices, sent: Choices, topics: readonly ChosenTopic[]): ConsentChange[] {
  return (['service_feedback', 'promotional'] as const).flatMap((name) => {
    const off = shown.topics.filter((topic) => CLASS_OF[topic] === name && !sent.topics.includes(topic));
    const left = topics.some((topic) => CLASS_OF[topic] === name);
    return off.length > 0 && !left ? [{ action: 'withdrawn', class: name, topics: off } as const] : [];
  });
}

/**
 * "Only news of my orders": switches every other topic off and withdraws all consents, whether given in words or not.
 */
export function onlyOrders(chooser: Chooser, consents: Consents, now: number): Chosen {
  const { choices, preferences } = choose(chooser, choicesOf(chooser, now), choicesOf(chooser, now), now);
  const open = (['service_feedback', 'promotional'] as const).filter(
    (name) => consents.day[name]?.state !== 'withdrawn',
  );
  return {
    choices: { ...choices, topics: [] },
    preferences: { ...preferences, topicsOff: CHOSEN_TOPICS },
    consents: open.map((name) => ({
      action: 'withdrawn',
      class: name,
      topics: CHOSEN_TOPICS.filter((topic) => CLASS_OF[topic] === name),
    })),
  };
}
