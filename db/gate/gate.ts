import type { Cap } from '../../domain/caps.ts';
import { CAP, CAP_PERIOD, MARKETING } from '../../domain/caps.ts';
import { consentsOf } from '../../domain/consent.ts';
import type { KnownPromise } from '../../domain/delay.ts';
import { DAY } from '../../domain/duration.ts';
import type { Channel, MessageKind } from '../../domain/message.ts';
import type { NumberLimits } from '../../domain/number-limits.ts';
import { NUMBER_LIMITS } from '../../domain/number-limits.ts';
import type { Preferences } from '../../domain/preferences.ts';
import { NO_PREFERENCES } from '../../domain/preferences.ts';
import type { SenderKind } from '../../domain/rule-pack.ts';
import { spendShare } from '../../domain/spend.ts';
import type { PersonFacts } from '../../domain/send-facts.ts';
import type { Db } from '../connect.ts';
import type { GateRow } from './gate-columns.ts';
import { ADDRESS, GATE_COLUMNS, periods } from './gate-columns.ts';

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
  /** As the brand's file says; absent: as the sender looks. */
  readonly senderKind?: SenderKind;
  /** The channel's operator counts the kind as a promotion. */
  readonly countsAsPromotion: boolean;
}

/** A message that is not in the ledger yet. `order` null: about no order. */
export interface GateQuestion {
  readonly brand: string;
  readonly contact: string;
  readonly order: string | null;
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
}

/**
 * The gate of a contact for a message, as of `now` (epoch ms). For a message about an order, the order's present contact counts: the
 * caller may not know yet that the number was corrected.
 */
export async function readGate(db: Db, question: GateQuestion, now: number): Promise<Gate> {
  const { brand, contact, order, step, occurrence, kind, channel } = question;
  const { rows } = await db.raw<{ rows: GateRow[] }>(
    `select ${GATE_COLUMNS} from brands b
       cross join (select cast(:order as text) as order_id, cast(:step as text) as step,
         cast(:occurrence as text) as occurrence, cast(:kind as text) as kind,
         cast(:channel as text) as channel, cast(null as text) as locale) t
       left join orders o on o.brand_id = b.id and o.id = t.order_id
       join contacts c on c.brand_id = b.id and c.id = coalesce(o.contact_id, cast(:contact as uuid)) ${ADDRESS}
     where b.id = :brand`,
    { brand, contact, order, step, occurrence, kind, channel, ...periods(now) },
  );
  if (!rows[0]) throw new Error('no such contact');
  return toGate(rows[0]);
}

export function toGate(row: GateRow): Gate {
  const spend = spendOf(row);
  return {
    contact: row.contact_id,
    version: row.gate_version,
    ...(row.zone !== null && { zone: row.zone }),
    ...(row.shop_zone !== null && { shopZone: row.shop_zone }),
    ...(row.country !== null && { country: row.country }),
    ...(row.region !== null && { region: row.region }),
    ...(row.postcode !== null && { postcode: row.postcode }),
    ...(row.address !== null && {
      address: {
        e164: row.address,
        ...(row.address_country !== null && { country: row.address_country }),
        suppressed: row.suppressed ?? false,
      },
    }),
    ...(row.sender !== null && { sender: row.sender }),
    ...(row.sender_kind !== null && { senderKind: row.sender_kind }),
    deliveredElsewhere: row.delivered_elsewhere,
    countsAsPromotion: row.counts_as_promotion,
    ...(row.stopped && { stopped: row.stopped }),
    ...(row.ended !== null && { ended: row.ended === 'order_cancelled' ? 'order_cancelled' : 'order_returned' }),
    openCase: row.open_case,
    ...(row.case_closed_at && { caseClosedAt: row.case_closed_at.getTime() }),
    held: row.held,
    ...(row.erasure_due_at && { erasureDueAt: row.erasure_due_at.getTime() }),
    consents: consentsOf(row.consents ?? []),
    lists: row.lists ?? {},
    preferences: toPreferences(row.preferences),
    customer: { member: row.member, reordered: row.reordered, asked_recently: row.asked_recently },
    ...(row.last_message_at && { lastMessageAt: row.last_message_at.getTime() }),
    caps: capsOf(row.brand_limits),
    sent: row.sent ?? [],
    rivals: row.rivals ?? [],
    served: row.served ?? [],
    limits: limitsOf(row.brand_limits),
    texted: row.texted ?? [],
    ...(spend && { spend }),
    countryHeld: row.country_held ?? false,
    ...(row.delay && { delay: toKnownPromise(row.delay) }),
  };
}

function toKnownPromise({ told, ...delay }: NonNullable<GateRow['delay']>): KnownPromise {
  return { ...delay, ...(told && { told }) };
}

export function toPreferences(stored: GateRow['preferences']): Preferences {
  if (!stored) return NO_PREFERENCES;
  const { topicsOff, channelsOff, mostPerWeek, pausedUntil } = stored;
  return {
    topicsOff,
    channelsOff,
    ...(mostPerWeek !== null && { mostPerWeek }),
    ...(pausedUntil !== null && { pausedUntil }),
  };
}

function spendOf({ brand_spend: settings, spent, address_country: country }: GateRow): Gate['spend'] {
  const used = settings && spent ? spendShare(settings, spent, country ?? undefined) : undefined;
  return used && spent ? { ...used, until: spent.until } : undefined;
}

function limitsOf(limits: GateRow['brand_limits']): NumberLimits {
  const { perNumberPerDay, perNumberPerWeek, ordersPerNumberPerDay } = limits ?? {};
  return {
    perDay: perNumberPerDay ?? NUMBER_LIMITS.perDay,
    perWeek: perNumberPerWeek ?? NUMBER_LIMITS.perWeek,
    ordersPerDay: ordersPerNumberPerDay ?? NUMBER_LIMITS.ordersPerDay,
  };
}

function capsOf(limits: GateRow['brand_limits']): Cap[] {
  const { perPersonPerDay, perPersonPerWeek = CAP } = limits ?? {};
  return [
    { rule: 'cap.week', max: perPersonPerWeek, per: CAP_PERIOD, topics: MARKETING },
    ...(perPersonPerDay === undefined ? [] : [{ rule: 'cap.day', max: perPersonPerDay, per: DAY, topics: MARKETING }]),
  ];
}
