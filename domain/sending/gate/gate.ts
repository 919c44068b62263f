/**
 * The facts that a decision about a message depends on: as one snapshot reads them (`Gate`), and together with the
 * rules that apply (`SendFacts`).
 */
import type { SenderKind, RulePacks } from '../../rules/rule-pack.ts';
import type { AppliedRules } from '../../rules/applied-rules.ts';
import type { Cap, WaitingMessage, Sent } from './caps.ts';
import type { Consents } from '../../consent/consent.ts';
import type { ListChecks } from '../../consent/consent-rules.ts';
import type { KnownPromise } from '../../orders/delay.ts';
import { MINUTE } from '../../time/duration.ts';
import type { GateGuard } from '../../journey/guard.ts';
import type { DecidedBy, Intent } from '../intent.ts';
import type { MessageClass } from '../message.ts';
import type { NumberLimits, Texted } from './number-limits.ts';
import type { Preferences } from '../../consent/choices.ts';
import type { SmsSender } from './sender.ts';
import type { SpendShare } from '../spend.ts';
import type { WindowOptions } from '../../time/windows.ts';

/** The provider refuses a template, or everything of a sender, for all recipients. `code` is the provider's. */
export interface ProviderBlock {
  readonly scope: 'template' | 'sender';
  readonly code: string;
}

/** The record of the person, the order and their messages, all read in one snapshot. */
export interface PersonFacts {
  /** The same message has reached the phone on another channel. */
  readonly deliveredElsewhere: boolean;
  readonly blocked?: ProviderBlock;
  /** Epoch ms. From then on the channel takes no free text, until the customer writes there again. Absent: it always does. */
  readonly freeTextUntil?: number;
  /**
   * The order is over, so only news of its end may still be sent. If the whole order was paid back, its news and its
   * review invitation may be sent too.
   */
  readonly ended?: 'order_cancelled' | 'order_returned' | 'order_refunded';
  /** The customer has an open case, about any order. */
  readonly openCase: boolean;
  /** Epoch ms of the end of the customer's last case, about any order, if it was recent. */
  readonly caseClosedAt?: number;
  /** A reply that may be an opt-out waits for an agent. */
  readonly held: boolean;
  /** Epoch ms. The person has asked to be erased, and can take that back until then. */
  readonly erasureDueAt?: number;
  readonly consents: Consents;
  readonly lists: ListChecks;
  readonly preferences: Preferences;
  readonly customer: Readonly<Record<GateGuard, boolean>>;
  /** Epoch ms of the contact's last message of any order, urgent updates left out. */
  readonly lastMessageAt?: number;
  /** The brand's own limit for one person. Limits of places and of the customer hold as well. */
  readonly caps: readonly Cap[];
  /** Recent messages to the contact that are not about an order, over all orders; as far back as the longest cap. */
  readonly sent: readonly Sent[];
  readonly waitingMessages: readonly WaitingMessage[];
  /** Countries whose numbers the brand texts, for this order. */
  readonly served: readonly string[];
  readonly limits: NumberLimits;
  /** The contact's recent texts that count for the number's limits. */
  readonly texted: readonly Texted[];
  /** The share of the brand's spend limit that is used up today. Absent: the brand has no limit. `until`: the day's end, epoch ms. */
  readonly spend?: SpendShare & { readonly until: number };
  /**
   * The number's country has an alarm of too few customers, the brand holds such countries, and this number has never
   * got a text.
   */
  readonly countryHeld: boolean;
  /** The promised times that the customer knows, for a text about one. */
  readonly delay?: KnownPromise;
}

export interface SendFacts extends PersonFacts, Pick<Intent, DecidedBy> {
  /** The kind's own, or `promotional` where the channel's operator counts it as one. */
  readonly class: MessageClass;
  /** Epoch ms. */
  readonly now: number;
  /** Undefined: no number of the contact can be reached on the message's channel. */
  readonly address?: {
    readonly suppressed: boolean;
    readonly country?: string;
    /** The prefix of the never-texted range that the number lies in. */
    readonly range?: string;
  };
  /** Undefined: the brand has none on the message's channel. */
  readonly sender?: SmsSender | 'agent';
  /** Where the person most likely is. Empty: unknown. Several: all of them count. */
  readonly zones: readonly string[];
  /** The same zones, and those of the number: promotions have to suit them all. */
  readonly allZones: readonly string[];
  /** The rows for the message's class in every place that may apply. */
  readonly rules: AppliedRules;
  readonly calendars: RulePacks['calendars'];
  /** Ms kept free at both ends of the hours of promotions; the standard band when left out. */
  readonly guardBand?: WindowOptions['guardBand'];
  /** Spreads deferred messages over the first minutes of a window: the contact's id. */
  readonly spreadKey: string;
}

/** An answer counts as "just replied" for this long. */
export const REPLY_WINDOW = 10 * MINUTE;

/** The customer has just written, and this message is the answer. */
export function isReplying({ inReply, now, triggeredAt }: SendFacts): boolean {
  return inReply && now - triggeredAt <= REPLY_WINDOW;
}

/** All facts that decide whether a person may be sent a message now, read in one snapshot. */
export interface Gate extends PersonFacts {
  readonly contact: string;
  /** The version that these facts belong to. A submission names it and fails if a change has moved it. */
  readonly version: number;
  /** The zone that the person has chosen. */
  readonly zone?: string;
  /** The zone that the shop reports. */
  readonly shopZone?: string;
  readonly country?: string;
  readonly region?: string;
  readonly postcode?: string;
  readonly address?: { readonly e164: string; readonly country?: string; readonly suppressed: boolean };
  /** The sender that the customer sees on the message's channel. Absent: the brand has none there. */
  readonly sender?: string;
  /**
   * The language that the gate assumes for the text. A text in another language uses another template, which the
   * provider may have blocked.
   */
  readonly textLocale: string;
  /** The sender's type from the brand's file. Absent: the type that the sender looks like. */
  readonly senderKind?: SenderKind | 'agent';
  /** The channel's operator counts this kind as a promotion. */
  readonly countsAsPromotion: boolean;
  /** The id of the message, if an earlier run submitted it. Only `readGate` looks for it. */
  readonly submittedBefore?: string;
}
