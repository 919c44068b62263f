import type { AppliedRules } from '../../../domain/rules/applied-rules.ts';
import { applyRules } from '../../../domain/rules/applied-rules.ts';
import { isCapped } from '../../../domain/sending/caps.ts';
import type { Decision } from '../../../domain/sending/decision.ts';
import { consentAnswer, lastUsefulMoment, maySend } from '../../../domain/sending/decision.ts';
import type { GateGuard } from '../../../domain/journey/journey.ts';
import { wallClock } from '../../../domain/time/local-time.ts';
import type { Channel, MessageClass, MessageKind } from '../../../domain/sending/message.ts';
import { kindRule } from '../../../domain/sending/message.ts';
import type { NumberRange } from '../../../domain/rules/number-ranges.ts';
import { rangeOf } from '../../../domain/rules/number-ranges.ts';
import { areaCodeOf } from '../../../domain/contacts/phone.ts';
import type { PlaceEvidence, PostcodeZone } from '../../../domain/place/place.ts';
import { jurisdictionsOf } from '../../../domain/place/place.ts';
import type { RulePacks } from '../../../domain/rules/rule-pack.ts';
import type { SendFacts } from '../../../domain/sending/send-facts.ts';
import type { SendWindow } from '../../../domain/sending/send-window.ts';
import { windowOf } from '../../../domain/sending/send-window.ts';
import { senderKindOf } from '../../../domain/sending/sender.ts';
import type { GuardBand } from '../../../domain/time/windows.ts';
import type { ResolvedZones, ZoneData } from '../../../domain/place/zones.ts';
import { countryOfZone, resolveZones } from '../../../domain/place/zones.ts';
import type { DecisionBasis } from '../../../domain/sending/decision-basis.ts';
import type { Gate } from './gate.ts';

/** Reference data about places and numbers: rules, zones, postcodes, ranges. */
export interface RuleData {
  readonly packs: RulePacks;
  readonly zones: ZoneData;
  readonly postcodes: PostcodeZone;
  readonly neverTexted: readonly NumberRange[];
  /** Kept free at both ends of the hours of promotions; left out: the standard band. */
  readonly guardBand?: GuardBand;
}

export interface AskedMessage {
  readonly kind: MessageKind;
  readonly channel: Channel;
  readonly triggeredAt: number;
  readonly usefulUntil: number;
  readonly inReply: boolean;
  readonly guards: readonly GateGuard[];
}

export interface Decided {
  readonly decision: Decision;
  readonly where: DecisionBasis;
  /** Past it the message is of no use, epoch ms: the provider need not try any longer. */
  readonly usefulUntil: number;
  /** How long a promotion or feedback request that may be sent may be. */
  readonly window?: SendWindow;
}

/** The domain's answer for a message and the gate that was read: asked when it is due, and again when it is submitted. */
export function decide(message: AskedMessage, gate: Gate, data: RuleData, now: number): Decided {
  const messageClass = classOf(message, gate);
  const place = placeOf(gate, data);
  const rules = applyRules(data.packs, place.jurisdictions, messageClass, now);
  const facts = factsOf(message, gate, place, rules, data, now);
  const decision = maySend(facts);
  const window = decision.kind === 'send' && isCapped(messageClass) ? windowOf(facts) : undefined;
  const usefulUntil = lastUsefulMoment(facts);
  return { decision, where: whereOf(place, rules, facts), usefulUntil, ...(window && { window }) };
}

/** Mixed content is an advertisement, and whether it is mixed the channel's operator judges as well. */
function classOf({ kind }: AskedMessage, { countsAsPromotion }: Gate): MessageClass {
  const { class: own } = kindRule(kind);
  return countsAsPromotion && own !== 'compliance' ? 'promotional' : own;
}

/** Where a contact may be: whose rules apply and which clocks count. */
export interface ContactPlace extends ResolvedZones {
  readonly jurisdictions: readonly string[];
}

type Known = string | null | undefined;

/** Where a person is, as far as it is on record; null and undefined are not known. `address`: the number that is written to. */
export interface PlacedContact {
  /** The zone that the person has chosen. */
  readonly zone?: Known;
  /** The zone that the shop reports. */
  readonly shopZone?: Known;
  readonly country?: Known;
  readonly region?: Known;
  readonly postcode?: Known;
  readonly address?: { readonly e164: string; readonly country?: Known } | undefined;
}

export function placeOf(gate: PlacedContact, { packs, zones, postcodes }: RuleData): ContactPlace {
  const evidence = evidenceOf(gate, zones);
  const known = (id: string): boolean => Object.hasOwn(packs.packs, id);
  return {
    jurisdictions: jurisdictionsOf(evidence, known, zones.areaCodes, postcodes),
    ...resolveZones(evidence, zones, postcodes),
  };
}

/** A person's own zone also tells their country, where the zone lies in one country. */
function evidenceOf(
  { zone, shopZone, country, region, postcode, address }: PlacedContact,
  data: ZoneData,
): PlaceEvidence {
  return {
    statedZone: zone ?? undefined,
    statedCountry: zone == null ? undefined : countryOfZone(zone, data),
    shopZone: shopZone ?? undefined,
    country: country ?? undefined,
    region: region ?? undefined,
    postcode: postcode ?? undefined,
    phone: address && { country: address.country ?? undefined, areaCode: areaCodeOf(address.e164) },
  };
}

function factsOf(
  message: AskedMessage,
  gate: Gate,
  place: ContactPlace,
  rules: AppliedRules,
  { packs, guardBand, neverTexted }: RuleData,
  now: number,
): SendFacts {
  const { address, sender } = gate;
  const range = address && rangeOf(address.e164, neverTexted);
  return {
    ...message,
    class: classOf(message, gate),
    now,
    ...(address && {
      address: {
        suppressed: address.suppressed,
        ...(address.country !== undefined && { country: address.country }),
        ...(range !== undefined && { range }),
      },
    }),
    ...(sender !== undefined && {
      sender: message.channel === 'sms' ? { name: sender, kind: gate.senderKind ?? senderKindOf(sender) } : 'agent',
    }),
    deliveredElsewhere: gate.deliveredElsewhere,
    ...(gate.blocked && { blocked: gate.blocked }),
    ...(gate.ended && { ended: gate.ended }),
    openCase: gate.openCase,
    ...(gate.caseClosedAt !== undefined && { caseClosedAt: gate.caseClosedAt }),
    held: gate.held,
    ...(gate.erasureDueAt !== undefined && { erasureDueAt: gate.erasureDueAt }),
    consents: gate.consents,
    lists: gate.lists,
    preferences: gate.preferences,
    customer: gate.customer,
    zones: place.zones,
    allZones: place.all,
    rules,
    calendars: packs.calendars,
    ...(guardBand && { guardBand }),
    spreadKey: gate.contact,
    ...(gate.lastMessageAt !== undefined && { lastMessageAt: gate.lastMessageAt }),
    caps: gate.caps,
    sent: gate.sent,
    rivals: gate.rivals,
    served: gate.served,
    limits: gate.limits,
    texted: gate.texted,
    ...(gate.spend && { spend: gate.spend }),
    countryHeld: gate.countryHeld,
    ...(gate.delay && { delay: gate.delay }),
  };
}

function whereOf(place: ContactPlace, rules: AppliedRules, facts: SendFacts): DecisionBasis {
  const consent = consentAnswer(facts);
  const [zone] = place.zones;
  return {
    zones: isCapped(facts.class) ? place.all : place.zones,
    zoneSource: place.source,
    jurisdictions: rules.jurisdictions,
    packs: rules.packs,
    rules: rules.rows.map(({ id }) => id),
    ...(zone !== undefined && { localTime: wallClock(facts.now, zone) }),
    ...(consent.kind === 'enough' && consent.ref !== undefined && { consent: consent.ref }),
  };
}
