/** Country rules as data: one pack per jurisdiction, one row per rule, each with its evidence and the days it holds for. */
import type { ConsentBasis } from '../consent/consent.ts';
import type { MessageClass } from '../sending/message.ts';
import type { Window } from '../time/windows.ts';
import { DAY } from '../time/duration.ts';

/**
 * The basis of a rule. `carrier_rule`: carriers block a message that breaks it. `platform_convention`: other
 * platforms do it, and no law asks for it.
 */
export const ROW_BASES = [
  'statute',
  'regulation',
  'regulator_guidance',
  'carrier_rule',
  'industry_code',
  'platform_convention',
] as const;
export type RowBasis = (typeof ROW_BASES)[number];

/** A: the text was read. B: a secondary source. C: general knowledge. X: sources contradict, the stricter value stands. */
export const CONFIDENCES = ['A', 'B', 'C', 'X'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** Kinds of SMS senders. */
export const SENDER_KINDS = ['long_number', 'toll_free', 'short_code', 'alphanumeric'] as const;
export type SenderKind = (typeof SENDER_KINDS)[number];

export const OPT_OUT_METHODS = ['reply', 'link', 'phone', 'short_code'] as const;
export type OptOutMethod = (typeof OPT_OUT_METHODS)[number];

/**
 * Limits, in characters: the longest label, the longest text that a network puts before a message, and the longest
 * words of an appended line without its number or link. All packs keep them, so the cost of a text is known when it
 * is loaded, before any place is known.
 */
export const LONGEST_LABEL = 8;
export const LONGEST_PREPENDED = 12;
export const LONGEST_APPENDED = 10;

/** A part that the text of a message has to carry, or must not. */
export type TextRule =
  /** Exactly these characters, at the very start. */
  | { readonly kind: 'label'; readonly exact: string }
  /** The brand's name. */
  | { readonly kind: 'identify' }
  /** A way to reach the brand, valid for as long as the row says. */
  | { readonly kind: 'contact'; readonly words?: string }
  /**
   * The way to refuse such messages, which comes at the end if `last` is set. `words`, here and of a contact: the
   * wording of the law or of the networks in every language of the text, with `{}` for the number, the code or the
   * link.
   */
  | {
      readonly kind: 'opt_out';
      readonly by: readonly OptOutMethod[];
      readonly last?: true;
      readonly words?: Readonly<Partial<Record<OptOutMethod, string>>>;
    }
  /** The text must not say how to refuse: carriers would take it for an advertisement. */
  | { readonly kind: 'no_opt_out' }
  /** Characters that the networks can carry. `ks_x_1001`: those of EUC-KR, so no emoji. */
  | { readonly kind: 'charset'; readonly charset: 'ks_x_1001' }
  /** The network puts this before the text, and it is billed. */
  | { readonly kind: 'prepended'; readonly text: string };

/** ISO 8601: `P2Y`, `P6M`, `P21D`, `PT24H`; of what is kept also `forever`. */
export type Period = string;

export type Rule =
  /**
   * `none`: the class needs no consent. Otherwise a consent on one of these bases is enough; with `doubleOptIn`
   * required it also has to be confirmed over the number.
   */
  | {
      readonly kind: 'consent';
      readonly accepts: readonly ConsentBasis[] | 'none';
      readonly doubleOptIn?: 'required' | 'recommended';
    }
  /** A consent on this basis ends this long after it was last given. */
  | { readonly kind: 'consent_expiry'; readonly of: ConsentBasis; readonly after: Period }
  /** A consent ends unless it is confirmed again within this period. */
  | { readonly kind: 'reconfirm'; readonly every: Period }
  /**
   * If several rows hold at once, each has to allow the moment. `liftedBy`: the row does not hold for a person who
   * has consented to messages at night.
   */
  | { readonly kind: 'hours'; readonly windows: readonly Window[]; readonly liftedBy?: 'night_consent' }
  /** `closed`: nothing is sent on these days. `as_sunday`: these days have the hours of a Sunday. */
  | { readonly kind: 'holidays'; readonly calendar: string; readonly mode: 'closed' | 'as_sunday' }
  /** `contact`: all capped messages to a person. `class`: those of the same class. `subject`: those about the same topic. */
  | {
      readonly kind: 'cap';
      readonly max: number;
      readonly per: Period;
      readonly scope: 'contact' | 'class' | 'subject';
    }
  | { readonly kind: 'text'; readonly text: TextRule }
  /** Senders that customers may see. A name with its prefix or suffix has at most `maxLength` characters. */
  | {
      readonly kind: 'sender';
      readonly kinds: readonly SenderKind[];
      readonly prefix?: string;
      readonly suffix?: string;
      readonly maxLength?: number;
      readonly twoWay: boolean;
      readonly registration?: string;
    }
  /**
   * A list of people who do not want advertisements, checked outside of Dopo. `validFor`: an answer is valid for this
   * time.
   */
  | { readonly kind: 'list_check'; readonly list: string; readonly validFor?: Period }
  /**
   * The ways in which a person can refuse, the time within which a refusal has to be honoured, and the time for which
   * the way has to work.
   */
  | {
      readonly kind: 'opt_out';
      readonly methods: readonly OptOutMethod[];
      readonly honourWithin: { readonly count: number; readonly unit: 'hour' | 'day' | 'business_day' };
      readonly honourFor?: Period;
    }
  /** `all`: a person who refuses one kind of message has refused every kind that needs consent. */
  | { readonly kind: 'revocation'; readonly covers: 'class' | 'all' }
  | { readonly kind: 'retention'; readonly of: RetainedRecord; readonly keep: Period };

export const RETAINED_RECORDS = ['consent_proof', 'opt_out', 'message_log', 'message_text'] as const;
export type RetainedRecord = (typeof RETAINED_RECORDS)[number];

export type RuleKind = Rule['kind'];

export interface Source {
  readonly title: string;
  readonly publisher?: string;
  /** The source's own date, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
  readonly date?: string;
  readonly url?: string;
  /** The day on which the source was read, `YYYY-MM-DD`. */
  readonly seen: string;
}

export interface Row {
  /** `us-fl.hours`. */
  readonly id: string;
  readonly classes: readonly MessageClass[];
  /** One English sentence for people: what "explain" prints. */
  readonly says: string;
  readonly rule: Rule;
  readonly basis: RowBasis;
  readonly confidence: Confidence;
  /** First and last day it holds, `YYYY-MM-DD`. */
  readonly effectiveFrom?: string;
  readonly effectiveTo?: string;
  readonly sources: readonly Source[];
}

export interface RulePack {
  /** `IT`, `US-FL`, or `default` for a place without a pack. */
  readonly id: string;
  /** The pack from which the other kinds of rules are inherited. */
  readonly parent?: string;
  readonly name: string;
  /** First 12 hex digits of the SHA-256 of the file and of what it inherits. */
  readonly version: string;
  /** `YYYY-MM-DD`, all three. */
  readonly asOf: string;
  readonly reviewBy: string;
  /** The limits of the pack as advice, repeated wherever its rows are shown. */
  readonly disclaimer: string;
  readonly rows: readonly Row[];
}

export interface RulePacks {
  readonly packs: Readonly<Record<string, RulePack>>;
  /** Local days by calendar name, `YYYY-MM-DD`. */
  readonly calendars: Readonly<Record<string, ReadonlySet<string>>>;
}

export const DEFAULT_PACK = 'default';

/** Packs whose `reviewBy` has passed, epoch ms; they go on being applied. A place that only has its parent's rows is not counted. */
export function packsToReview({ packs }: RulePacks, now: number): readonly RulePack[] {
  return ownPacks({ packs }).filter(({ reviewBy }) => now >= Date.parse(reviewBy) + DAY);
}

/** Packs with rows of their own. */
export function ownPacks({ packs }: Pick<RulePacks, 'packs'>): readonly RulePack[] {
  return Object.values(packs).filter(({ rows }) => rows.length > 0);
}

/** Calendars whose last year ends less than `within` ms after `now`, each with its last day: past it no day is a holiday. */
export function calendarsEnding(
  { calendars }: Pick<RulePacks, 'calendars'>,
  now: number,
  within: number,
): readonly { readonly name: string; readonly lastDay: string }[] {
  return Object.entries(calendars).flatMap(([name, days]) => {
    const year = [...days].reduce((last, day) => (day > last ? day : last), '0000').slice(0, 4);
    const lastDay = `${year}-12-31`;
    return Date.parse(lastDay) + DAY - now < within ? [{ name, lastDay }] : [];
  });
}
