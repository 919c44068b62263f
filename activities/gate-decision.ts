import type { Decision, SendFacts, SendWindow } from '../domain/decision.ts';
import { isCapped, maySend, windowOf } from '../domain/decision.ts';
import type { GateGuard } from '../domain/journey.ts';
import type { MessageKind } from '../domain/message.ts';
import { kindRule } from '../domain/message.ts';
import type { WindowRules } from '../domain/window-rules.ts';
import { windowHours, windowsFor } from '../domain/window-rules.ts';
import type { ZoneData } from '../domain/zones.ts';
import { resolveZones } from '../domain/zones.ts';
import type { Gate } from '../db/gate.ts';
import type { DecidedWhere } from '../db/messages.ts';

export interface RuleData {
  readonly zones: ZoneData;
  readonly windows: WindowRules;
}

export interface AskedMessage {
  readonly kind: MessageKind;
  readonly triggeredAt: number;
  readonly usefulUntil: number;
  readonly inReply: boolean;
  readonly guards: readonly GateGuard[];
}

/**
 * The domain's answer for a message and the gate that was read: asked when it is due, and again when it is submitted. `window`: how
 * long a promotion or feedback request that may be sent may be.
 */
export function decide(
  message: AskedMessage,
  gate: Gate,
  rules: RuleData,
  now: number,
): { decision: Decision; where: DecidedWhere; window?: SendWindow } {
  const place = { country: gate.country ?? gate.address?.country, region: gate.region };
  const { zones, source } = resolveZones(
    { explicitZone: gate.zone, country: gate.country, region: gate.region, phoneCountry: gate.address?.country },
    rules.zones,
  );
  const hours = windowHours(kindRule(message.kind));
  const facts: SendFacts = {
    ...message,
    now,
    ...(gate.address && { address: { suppressed: gate.address.suppressed } }),
    hasSender: gate.sender !== undefined,
    deliveredElsewhere: gate.deliveredElsewhere,
    ...(gate.stopped && { stopped: gate.stopped }),
    ...(gate.ended && { ended: gate.ended }),
    openCase: gate.openCase,
    consent: gate.consent,
    customer: gate.customer,
    zones,
    ...(hours && { windows: windowsFor(rules.windows, { hours, ...place }) }),
    spreadKey: gate.contact,
    ...(gate.lastMessageAt !== undefined && { lastMessageAt: gate.lastMessageAt }),
    cappedAt: gate.cappedAt,
  };
  const decision = maySend(facts);
  const window = decision.kind === 'send' && isCapped(kindRule(message.kind).class) ? windowOf(facts) : undefined;
  return { decision, where: { zones, zoneSource: source }, ...(window && { window }) };
}
