/** Country rules as data: one pack per jurisdiction, one row per rule, each with its evidence and the days it holds for. */
import type { ConsentBasis } from '../consent/consent.ts';
import type { MessageClass } from '../sending/message.ts';
import type { Window } from '../time/windows.ts';

/** Bases of a rule. `carrier_rule`: a message against it is blocked. `platform_convention`: only what others do. */
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
 * Characters of the longest label, of what a network puts before a text, and of the words of an appended line beside its number or link.
 * Packs are held to them, so that a text's cost is known when it is loaded, before anybody's place is.
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
   * How to refuse such messages, at the end where `last`. `words`, here and of a contact: the wording of the law or of the networks, whatever
   * language the text is in, with `{}` for the number, the code or the link.
   */
  | {
      readonly kind: 'opt_out';
      readonly by: readonly OptOutMethod[];
      readonly last?: true;
      readonly words?: Readonly<Partial<Record<OptOutMethod, string>>>;
    }
  /** Nothing that says how to refuse: carriers take it for an advertisement. */
  | { readonly kind: 'no_opt_out' }
  /** Characters that get there. `ks_x_1001`: what EUC-KR can write, so no emoji. */
  | { readonly kind: 'charset'; readonly charset: 'ks_x_1001' }
  /** The network puts this before the text, and it counts. */
  | { readonly kind: 'prepended'; readonly text: string };

/** ISO 8601: `P2Y`, `P6M`, `P21D`, `PT24H`; of what is kept also `forever`. */
export type Period = string;

export type Rule =
  /**
   * `none`: the class needs no consent. Else any of these bases is one, and `doubleOptIn` required: only once confirmed over the
   * number.
   */
  | {
      readonly kind: 'consent';
      readonly accepts: readonly ConsentBasis[] | 'none';
      readonly doubleOptIn?: 'required' | 'recommended';
    }
  /** A consent on this basis ends so long after it was last given. */
  | { readonly kind: 'consent_expiry'; readonly of: ConsentBasis; readonly after: Period }
  /** A consent has to be confirmed again every so often, or it ends. */
  | { readonly kind: 'reconfirm'; readonly every: Period }
  /** Of several rows that hold at once, every one has to allow the moment. `liftedBy`: not asked of who has consented to the night. */
  | { readonly kind: 'hours'; readonly windows: readonly Window[]; readonly liftedBy?: 'night_consent' }
  /** `closed`: nothing goes out on these days. `as_sunday`: they keep the hours of a Sunday. */
  | { readonly kind: 'holidays'; readonly calendar: string; readonly mode: 'closed' | 'as_sunday' }
  /** `contact`: all capped messages to a person. `class`: those of the same class. `subject`: those about the same topic. */
  | {
      readonly kind: 'cap';
      readonly max: number;
      readonly per: Period;
      readonly scope: 'contact' | 'class' | 'subject';
    }
  | { readonly kind: 'text'; readonly text: TextRule }
  /** Senders that customers may see. A prefix or suffix is part of a name of at most `maxLength` characters. */
  | {
      readonly kind: 'sender';
      readonly kinds: readonly SenderKind[];
      readonly prefix?: string;
      readonly suffix?: string;
      readonly maxLength?: number;
      readonly twoWay: boolean;
      readonly registration?: string;
    }
  /** A list of people who do not want to be written to, asked outside of Dopo. `validFor`: an answer is good for so long. */
  | { readonly kind: 'list_check'; readonly list: string; readonly validFor?: Period }
  /** How a person can refuse, within which time it has to be honoured, and for how long at least. */
  | {
      readonly kind: 'opt_out';
      readonly methods: readonly OptOutMethod[];
      readonly honourWithin: { readonly count: number; readonly unit: 'hour' | 'day' | 'business_day' };
      readonly honourFor?: Period;
    }
  /** `all`: who refuses one kind of message has refused every kind that needs consent. */
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
  /** When it was looked at, `YYYY-MM-DD`. */
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
  /** Where the kinds of rules come from that this pack says nothing about. */
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
