/**
 * The facts of a person that a decision about a kind of message can depend on. Most messages are news of an order by
 * SMS, and their decision needs a third of all facts. Facts that are not needed are not read.
 */
import { REDUCIBLE_TOPICS, isCapped } from './caps.ts';
import type { GateGuard } from '../../journey/guard.ts';
import type { Intent } from '../intent.ts';
import { BASE_CHANNEL, asksForConsent, kindRule, kindsAbout } from '../message.ts';

/** Whether each group of facts is needed. A group that is not needed counts as empty. */
export interface NeededFacts {
  /** Consents, answers of outside lists and preferences. */
  readonly choices: boolean;
  /** Open cases, and replies that wait for an agent. */
  readonly cases: boolean;
  /** The day in which the person can take an erasure back. */
  readonly erasure: boolean;
  /** The last message that was no urgent update. */
  readonly spacing: boolean;
  /** Messages that count for a cap, messages that wait for room, and the last case that was closed. */
  readonly caps: boolean;
  /** Texts that count for the limits of the number. */
  readonly limits: boolean;
  /** The promised times that the customer knows. */
  readonly delay: boolean;
  /** The facts that guards of a step ask for, except membership. */
  readonly guards: boolean;
}

/** What is known of an intent before it is read. A channel or guards that are absent may be any. */
export type KnownOfIntent = Pick<Intent, 'kind'> & Partial<Pick<Intent, 'channel' | 'guards'>>;

const COUNTED = kindsAbout(REDUCIBLE_TOPICS);

export function neededFacts({ kind, channel, guards }: KnownOfIntent): NeededFacts {
  const { class: own, topic, urgent } = kindRule(kind);
  const answers = own === 'compliance';
  // The operator of another channel than SMS may count any kind as a promotion.
  const mayBeRaised = channel !== BASE_CHANNEL && !answers;
  return {
    choices: !answers,
    cases: isCapped(own) || mayBeRaised || asksForConsent(kind),
    erasure: !answers && topic !== 'orders',
    spacing: !urgent,
    caps: COUNTED.includes(kind),
    limits: own === 'transactional' || answers,
    delay: kind === 'delivery_delayed',
    guards: guards?.some((guard) => guard !== 'member') ?? true,
  };
}

/** For a message about which nothing is known yet. */
export const ALL_FACTS: NeededFacts = {
  choices: true,
  cases: true,
  erasure: true,
  spacing: true,
  caps: true,
  limits: true,
  delay: true,
  guards: true,
};

/** Whether facts that were read without knowing the guards are enough for these guards. */
export function sufficesFor(needed: NeededFacts, guards: readonly GateGuard[]): boolean {
  return needed.guards || guards.every((guard) => guard === 'member');
}

/** The groups of facts that at least one of several messages needs. */
export function neededByAny(each: readonly NeededFacts[]): NeededFacts {
  const groups = Object.keys(ALL_FACTS) as (keyof NeededFacts)[];
  return Object.fromEntries(groups.map((group) => [group, each.some((one) => one[group])])) as unknown as NeededFacts;
}
