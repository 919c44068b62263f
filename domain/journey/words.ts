/**
 * The words of a step, one row each: the key and the values in the YAML file, the compact key on the wire, and the
 * text in tables, pictures and `explain`. The effect of a word is in plan.ts (times, holds) or failover.ts
 * (channels), so a new word is a row here and its effect there. Triggers and guards are rows of trigger.ts and
 * guard.ts, traits of orders of journey.ts.
 */
import type { Channel, MessageKind } from '../sending/message.ts';
import { CHANNELS, isMessageKind, kindRule } from '../sending/message.ts';
import { parseDuration } from '../time/duration.ts';
import type { Guard } from './guard.ts';
import { GUARD_NAMES } from './guard.ts';
import type { Trigger } from './trigger.ts';
import { TRIGGERS, TRIGGER_NAMES } from './trigger.ts';

/** States of an order that hold a step back while they last. `open_case`: a case of the order is open. */
export const HOLDS = ['open_case'] as const;
export type Hold = (typeof HOLDS)[number];

/** Enough for a phone that is on: RCS is delivered within seconds, or not until the phone is online again. */
const DEFAULT_FAILOVER_AFTER = '10m';

/** The values that a word may have. journeys/load.ts makes the schema of the YAML file from it. */
export type WordValue =
  | { readonly kind: 'duration' }
  | { readonly kind: 'one_of'; readonly names: readonly [string, ...string[]] }
  | {
      readonly kind: 'list_of';
      readonly names: readonly [string, ...string[]];
      /** A repeated name is a mistake; the text of that mistake. */
      readonly once?: string;
    };

/** A step as it was written: a value may be missing or of a wrong type. */
export type WrittenStep = Readonly<Record<string, unknown>>;

interface StepWord<T> {
  /** The key in the YAML file. */
  readonly file: string;
  /** The key in a compiled journey. */
  readonly wire: string;
  readonly value: WordValue;
  /**
   * The mistake in a value together with the step's other words. It is checked even for a step with other mistakes,
   * so that all are reported at once.
   */
  readonly mistake?: (value: unknown, step: WrittenStep) => string | undefined;
  /** The value of a step that leaves the word out. It is written into the step, because an order keeps its journey. */
  readonly otherwise?: (step: WrittenStep) => T | undefined;
  /** The column and the text of the word in the table. */
  readonly shown?: readonly [column: 'does' | 'when' | 'unless' | 'held while', (value: T, step: StepWords) => string];
  /** The text on the arrow from the trigger in a picture. */
  readonly label?: (value: T) => string;
  /** The text after "30d after `delivered`". */
  readonly said?: (value: T) => string;
}

/** Every word that a step may have besides its name, its act and `when`. */
export interface StepWords {
  /** Duration after the trigger, such as `5d`; absent means at once. Negative: before the moment, as for run_out. */
  readonly after?: string;
  /** A second trigger that makes the step due at once, if it comes before `when` + `after`. */
  readonly orWhen?: Trigger;
  readonly unless?: readonly Guard[];
  /** The step waits while one of these states lasts, and ends if the state lasts longer than the step is useful. */
  readonly holdWhile?: readonly Hold[];
  /** The channels of one message, in the order they are tried. Absent: the base channel alone. */
  readonly channels?: readonly Channel[];
  /**
   * Time for a message to arrive, counted from its acceptance by the provider, before the step goes to the next
   * channel.
   */
  readonly failoverAfter?: string;
}

type WordTable = { readonly [Word in keyof StepWords]-?: StepWord<NonNullable<StepWords[Word]>> };

export const STEP_WORDS: WordTable = {
  after: {
    file: 'after',
    wire: 'a',
    value: { kind: 'duration' },
    mistake: (after, { when }) =>
      isBefore(after) && !PREDICTED.some((trigger) => trigger === when)
        ? `only ${PREDICTED.slice(0, -1).join(', ')} and ${PREDICTED.at(-1) ?? ''} are known beforehand`
        : undefined,
    shown: ['when', (after) => (isBefore(after) ? ` ${after}` : ` +${after}`)],
    label: (after) => after,
  },
  orWhen: {
    file: 'or_when',
    wire: 'r',
    value: { kind: 'one_of', names: TRIGGER_NAMES },
    shown: ['when', (trigger) => ` or ${trigger}`],
    label: (trigger) => `or ${trigger.replaceAll('_', ' ')}`,
    said: (trigger) => `, or at \`${trigger}\` if that comes first`,
  },
  unless: {
    file: 'unless',
    wire: 'u',
    value: { kind: 'list_of', names: GUARD_NAMES },
    shown: ['unless', (guards) => guards.join(', ')],
  },
  holdWhile: {
    file: 'hold_while',
    wire: 'h',
    value: { kind: 'list_of', names: HOLDS },
    mistake: (holds, step) => {
      if (step['send'] === undefined) return 'only a message is held';
      const both = names(holds).find((hold) => names(step['unless']).includes(hold));
      return both && `${both} stands under unless, which ends the step at once`;
    },
    shown: ['held while', (holds) => holds.join(', ')],
  },
  channels: {
    file: 'channels',
    wire: 'c',
    value: { kind: 'list_of', names: CHANNELS, once: 'every channel once' },
    mistake: (_channels, { send }) => (send === undefined ? 'only a message has channels' : undefined),
    shown: [
      'does',
      (channels, { failoverAfter = DEFAULT_FAILOVER_AFTER }) => ` by ${channels.join(`, after ${failoverAfter} `)}`,
    ],
  },
  failoverAfter: {
    file: 'failover_after',
    wire: 'f',
    value: { kind: 'duration' },
    mistake: (after, { channels, send }) => {
      const ms = typeof after === 'string' ? parseDuration(after) : undefined;
      if (ms !== undefined && ms <= 0) return 'a duration of more than nothing';
      if (names(channels).length < 2) return 'nothing to turn to: the step names no second channel';
      return isKind(send) && ms !== undefined && ms >= kindRule(send).usefulFor
        ? `${send} is of no use any more by then`
        : undefined;
    },
    otherwise: ({ channels }) => (names(channels).length < 2 ? undefined : DEFAULT_FAILOVER_AFTER),
  },
};

export type StepWordName = keyof StepWords;
export const WORDS = Object.keys(STEP_WORDS) as readonly StepWordName[];

/** Triggers whose moment is known before it comes. */
const PREDICTED: readonly Trigger[] = TRIGGER_NAMES.filter((trigger) => TRIGGERS[trigger].predicted);

/** Reads each word that a step has, in the order of the table. */
export function eachWord<T>(
  step: StepWords,
  read: (word: Omit<StepWord<never>, 'otherwise'>, value: never) => T,
): readonly T[] {
  return WORDS.flatMap((word) => (step[word] === undefined ? [] : [read(STEP_WORDS[word], step[word] as never)]));
}

/** Whether a value of a compiled journey, or of a file, may stand at a word. */
export function isWordValue(value: WordValue, given: unknown): boolean {
  switch (value.kind) {
    case 'duration':
      return typeof given === 'string' && parseDuration(given) !== undefined;
    case 'one_of':
      return value.names.some((name) => name === given);
    case 'list_of':
      return Array.isArray(given) && given.length > 0 && given.every((one) => value.names.some((name) => name === one));
  }
}

function isBefore(after: unknown): boolean {
  return typeof after === 'string' && after.startsWith('-');
}

function isKind(send: unknown): send is MessageKind {
  return typeof send === 'string' && isMessageKind(send);
}

function names(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}
