/** The people of the STOP drill: each race has its own, with orders and messages that are about to go out. */
import { createHash } from 'node:crypto';
import type { Db } from '../../../db/connection/connect.ts';
import { NO_BASIS } from '../../../domain/sending/gate/decision.ts';
import { recordDecision } from '../../../db/sending/ledger/messages.ts';
import { saveText } from '../../../db/sending/lanes/slots.ts';
import { placeOrder } from '../../../commands/orders/place-order.ts';
import type { Brand } from '../../../domain/orders/brand.ts';
import type { JourneyDefinition } from '../../../domain/journey/journey.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { kindRule } from '../../../domain/sending/message.ts';
import type { GivenConsent, Order } from '../../../domain/orders/order.ts';
import { storeOf } from '../../../dev/drill/servers.ts';

/** Tuesday 3 March 2026, 12:00 in Rome: within every sending window there. The sends of the drill happen then. */
export const DRILL_NOON = Date.UTC(2026, 2, 3, 11);
const ORDERED = DRILL_NOON - 24 * 60 * 60_000;

/** A mobile number of Italy for each race. */
export function customerPhoneOf(race: number): string {
  return `+39347${String(1_000_000 + race)}`;
}

export interface StopShop {
  readonly db: Db;
  readonly brand: Brand;
  readonly journey: JourneyDefinition;
}

/** Places an order of the person of a race, as the route does. Returns the contact. */
export async function placeOrderOf({ db, brand, journey }: StopShop, race: number, id: string): Promise<string> {
  const order: Order = {
    id,
    name: `#${id}`,
    placedAt: ORDERED,
    total: { minor: 3990, currency: 'EUR' },
    fulfilment: 'shipped',
    place: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
    items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, priceMinor: 3990 }],
    customer: {
      phone: { e164: customerPhoneOf(race), country: 'IT' },
      locale: 'it',
      consents: [drillConsent('promotional', 'granted', ORDERED), drillConsent('service_feedback', 'granted', ORDERED)],
    },
  };
  const hash = createHash('sha256').update(id).digest();
  const placed = await placeOrder(storeOf(db), brand, order, journey, hash, ORDERED);
  if (placed.kind !== 'placed') throw new Error(`order ${id}: ${placed.kind}`);
  return placed.contact;
}

/** `at`: epoch ms. */
export function drillConsent(about: GivenConsent['class'], action: GivenConsent['action'], at: number): GivenConsent {
  return { class: about, action, wording: 'Scrivetemi di novità e offerte.', source: 'checkout', at };
}

/** Puts a message into the ledger that was allowed and has its text: all that is left is to send it. Returns its id. */
export async function planMessage(
  { db, brand }: StopShop,
  { contact, order, kind }: { readonly contact: string; readonly order: string; readonly kind: MessageKind },
): Promise<string> {
  const usefulUntil = DRILL_NOON + kindRule(kind).usefulFor;
  const about = { brand: brand.id, order, contact, step: kind, occurrence: '', kind };
  const { id } = await recordDecision(
    db,
    { ...about, channel: 'sms', triggeredAt: DRILL_NOON, dueAt: DRILL_NOON, usefulUntil, inReply: false, guards: [] },
    { kind: 'send', rule: 'all_clear' },
    { ...NO_BASIS, zones: [brand.zone], zoneSource: 'address' },
    DRILL_NOON,
  );
  if (id === undefined) throw new Error('not in the ledger');
  await saveText(db, id, { text: `${brand.name}: il tuo ordine.`, locale: 'it', encoding: 'gsm7', segments: 1 });
  return id;
}
