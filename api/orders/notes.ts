/** Notes in the answer to an accepted order or event: what texts leave out or will not be sent, and why. */
import type { Db } from '../../db/connection/connect.ts';
import { unknownItems } from '../../db/orders/early-facts.ts';
import type { OrderOutlook } from '../../commands/orders/place-order.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { LinkProblem } from '../../domain/orders/link-hosts.ts';
import { LONGEST_TRACKING_LINK, linkHostsOf, linkProblem } from '../../domain/orders/link-hosts.ts';
import type { Order } from '../../domain/orders/order.ts';
import { placeOf } from '../../domain/place/contact-place.ts';
import { applyRules } from '../../domain/rules/applied-rules.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { unsendableSteps } from '../../domain/sending/gate/unsendable-steps.ts';
import { cleanReference } from '../../templates/clean/calls.ts';
import { ORDER_NAME } from '../../templates/placeholders.ts';
import type { FieldError } from '../http/problem.ts';
import type { EventBody } from './event-schema.ts';

export const REPEATED_NOTE: FieldError = {
  pointer: '/id',
  detail: 'counts for nothing: the same refund or return was reported under another id',
};

const LINK_NOTES: Readonly<Record<LinkProblem, string>> = {
  not_https: 'is left out of texts: it is not an https link',
  unknown_host: "is left out of texts: its host is none of the brand's links, of its linkHosts or of a known carrier",
};

/** Every text about an order names it, so an order whose name is only a link or a number to call gets none. */
export function nameNotes({ name, customer }: Order, brand: Brand): readonly FieldError[] {
  if (cleanReference(name, ORDER_NAME[1], customer.locale ?? brand.locale) !== null) return [];
  return [{ pointer: '/name', detail: 'cannot stand in a text: a text that names the order is not sent' }];
}

/**
 * A note about a link that may not be in a text. The order or event is accepted without it. `longest`: characters
 * that a text has room for.
 */
export function linkNotes(
  brand: Brand,
  pointer: string,
  link: string | undefined,
  longest: number,
): readonly FieldError[] {
  if (link === undefined) return [];
  const { length } = link;
  if (length > longest)
    return [
      { pointer, detail: `is left out of texts: it has ${length} characters, and a text has room for ${longest}` },
    ];
  const problem = linkProblem(link, linkHostsOf(brand));
  return problem === undefined ? [] : [{ pointer, detail: LINK_NOTES[problem] }];
}

export function trackingNotes(brand: Brand, body: EventBody): readonly FieldError[] {
  if (!('parcel' in body)) return [];
  return linkNotes(brand, '/parcel/trackingUrl', body.parcel.trackingUrl, LONGEST_TRACKING_LINK);
}

/**
 * Notes about items that the order does not have. The event is still accepted: it has happened, and the shop may have
 * exchanged an item since the order was placed.
 */
export async function itemNotes(
  db: Db,
  order: { readonly brand: string; readonly order: string },
  body: EventBody,
): Promise<readonly FieldError[]> {
  if (!('items' in body)) return [];
  const unknown = await unknownItems(db, order, body.items);
  return unknown.map((index) => ({ pointer: `/items/${index}`, detail: 'counts for nothing: no line of the order' }));
}

const FIELDS = { phone: '/customer/phone', consents: '/customer/consents' } as const;

/** Notes about the steps of the order's journey that would not be sent by the facts known now. */
export function unsendableNotes(
  { customer, place }: Order,
  { steps, consents }: OrderOutlook,
  { brand, rules, now }: { readonly brand: Brand; readonly rules: RuleData; readonly now: number },
): readonly FieldError[] {
  const { jurisdictions } = placeOf({ ...place, shopZone: customer.zone, address: customer.phone }, rules);
  const unsendable = unsendableSteps({
    brand,
    steps,
    phone: customer.phone,
    deliveredTo: place.country,
    consents,
    neverTexted: rules.neverTexted,
    rulesOf: (messageClass) => applyRules(rules.packs, jurisdictions, messageClass, now),
    now,
  });
  return unsendable.map(({ about, words }) => ({ pointer: FIELDS[about], detail: words }));
}

export function withNotes(notes: readonly FieldError[]): { notes?: readonly FieldError[] } {
  return notes.length > 0 ? { notes } : {};
}
