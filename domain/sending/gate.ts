import type { SenderKind } from '../rules/rule-pack.ts';
import type { PersonFacts } from './send-facts.ts';

/** All that decides whether a person may be sent something now, read in one snapshot. */
export interface Gate extends PersonFacts {
  readonly contact: string;
  /** The version these facts belong to: a submission names it and fails if it has moved on. */
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
  /** The language that the gate expects of the text. A text in another one uses another template, which the provider may have blocked. */
  readonly textLocale: string;
  /** As the brand's file says; absent: as the sender looks. */
  readonly senderKind?: SenderKind | 'agent';
  /** The channel's operator counts the kind as a promotion. */
  readonly countsAsPromotion: boolean;
  /** The id of the message, if an earlier run submitted it. Only `readGate` looks for it. */
  readonly submittedBefore?: string;
}
