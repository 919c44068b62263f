/** What the API accepts: shapes that need neither the clock nor the brand. Unknown fields are mistakes. */
import { z } from 'zod';
import { FULFILMENTS } from '../domain/journey.ts';
import { LISTED_STATES } from '../db/message-views.ts';
import { PARCEL_EVENTS } from '../domain/event.ts';
import { DECIMAL, isCurrency } from './money.ts';

/** PostgreSQL stores neither NUL nor half a surrogate pair; JSON can spell both. */
function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

function text(max: number) {
  return z.string().min(1).max(max).refine(isStorable, 'contains a character that cannot be stored');
}

/** Ids are opaque: an integer is the string of its digits, all of them. */
function opaqueId(max: number) {
  return z
    .union([text(max), z.int().nonnegative()], { error: `an id is a string of 1 to ${max} characters, or an integer` })
    .transform(String);
}

/** The id of an order, event or parcel. No e-mail address fits, and no phone number with its +. */
function travellingId(max: number) {
  return opaqueId(max).refine(
    (id) => /^[A-Za-z0-9._:#/-]+$/.test(id),
    'letters, digits and . _ : # / - only: ids stand in Temporal, where nothing is encrypted',
  );
}

const instant = z.iso
  .datetime({
    offset: true,
    error: 'an existing date and time with zone (ISO 8601), such as 2026-03-02T22:41:00+01:00',
  })
  .transform((value) => Date.parse(value));

/** Digits are kept: it becomes minor units once the currency is known. */
const amount = z
  .union([z.string(), z.number()], { error: 'an amount is a decimal such as "409.94"' })
  .transform(String)
  .pipe(z.string().regex(DECIMAL, 'an amount is a decimal such as "409.94", not negative and below 10^12'));

const currency = z.string().refine(isCurrency, 'not an ISO 4217 currency');
const country = z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166-1 code: two capital letters');
const locale = z.string().regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/, 'a language tag such as it or pt-BR');

/** Links stand in text messages, where every character is paid for. */
const shortUrl = z
  .url({ protocol: /^https?$/ })
  .max(40, 'links stand in text messages: 40 characters at most')
  .refine(isStorable);
const url = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine(isStorable);

const timeZone = z.string().refine((zone) => {
  try {
    return (
      /^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
    );
  } catch {
    return false;
  }
}, 'not an IANA time zone');

export const consentBody = z.strictObject({
  class: z.enum(['transactional', 'service_feedback', 'promotional']),
  state: z.enum(['granted', 'withdrawn']),
  wording: text(2000),
  source: text(100),
  evidence: text(500).exactOptional(),
  at: instant,
});

const loyalty = z.strictObject({
  member: z.boolean(),
  tier: text(40).exactOptional(),
  points: z.int().nonnegative().exactOptional(),
  nextTier: text(40).exactOptional(),
  pointsToNextTier: z.int().nonnegative().exactOptional(),
});

const customer = z.strictObject({
  id: opaqueId(64).exactOptional(),
  firstName: text(100).exactOptional(),
  lastName: text(100).exactOptional(),
  phone: text(40).exactOptional(),
  locale: locale.exactOptional(),
  timeZone: timeZone.exactOptional(),
  earlierOrders: z.int().nonnegative().exactOptional(),
  loyalty: loyalty.exactOptional(),
  consents: z.array(consentBody).max(20).exactOptional(),
});

const shippingAddress = z.strictObject({
  country: country.exactOptional(),
  region: text(100).exactOptional(),
  city: text(100).exactOptional(),
  postcode: text(20).exactOptional(),
});

const item = z.strictObject({
  sku: text(100).exactOptional(),
  productId: opaqueId(64).exactOptional(),
  title: text(300),
  quantity: z.int().min(1).max(1_000_000),
  price: amount,
});

const parcelCount = z.int().min(1).max(100);

export const orderBody = z.strictObject({
  id: travellingId(64),
  name: text(40),
  placedAt: instant,
  currency,
  total: amount,
  fulfilment: z.enum(FULFILMENTS).default('shipped'),
  statusUrl: shortUrl.exactOptional(),
  promisedAt: instant.exactOptional(),
  parcelCount: parcelCount.exactOptional(),
  customer,
  shippingAddress: shippingAddress.exactOptional(),
  /** May be empty: a shop that sends no lines still gets its order news told. */
  items: z.array(item).max(200),
});
export type OrderBody = z.output<typeof orderBody>;

const eventHead = { id: travellingId(128), occurredAt: instant };

const parcel = z.strictObject({
  id: travellingId(64),
  carrier: text(60).exactOptional(),
  trackingNumber: text(60).exactOptional(),
  trackingUrl: url.exactOptional(),
  pickupPlace: text(200).exactOptional(),
});

export const eventBody = z.discriminatedUnion('type', [
  z.strictObject({ ...eventHead, type: z.enum(['order_updated', 'order_cancelled', 'return_received']) }),
  z.strictObject({
    ...eventHead,
    type: z.literal('refund_issued'),
    amount: amount.exactOptional(),
    currency: currency.exactOptional(),
  }),
  z.strictObject({ ...eventHead, type: z.enum(PARCEL_EVENTS), parcel, parcelCount: parcelCount.exactOptional() }),
  z.strictObject({ ...eventHead, type: z.literal('delivery_promised'), promisedAt: instant }),
  z.strictObject({ ...eventHead, type: z.literal('tier_reached'), tier: text(40).exactOptional() }),
]);
export type EventBody = z.output<typeof eventBody>;

export const pauseBody = z.strictObject({ until: instant.exactOptional() });
export const skipBody = z.strictObject({ step: text(200) });
export const emptyBody = z.strictObject({});

export const optOutBody = z.strictObject({
  address: text(40).exactOptional(),
  contact: z.uuid().exactOptional(),
  source: text(100),
  state: z.enum(['stopped', 'lifted']).default('stopped'),
  at: instant.exactOptional(),
});

/** Who does something by hand, and why: for the audit log. */
export const repairBody = z.strictObject({ actor: text(100), reason: text(500) });
export const redriveBody = repairBody.extend({ mayDuplicate: z.boolean().exactOptional() });

/** As they stand in paths: what does not fit cannot exist. */
export const orderId = travellingId(64);
export const contactId = z.uuid();
export const messageId = z.uuid();
/** Of a case or a stop. */
export const rowId = z.string().regex(/^[1-9]\d{0,14}$/);

const pageSize = z.coerce.number().int().min(1).max(100).default(50);

export const listQuery = z.strictObject({
  contact: z.uuid().exactOptional(),
  after: text(64).exactOptional(),
  limit: pageSize,
});

export const messagesQuery = z.strictObject({
  state: z.enum(LISTED_STATES),
  after: messageId.exactOptional(),
  limit: pageSize,
});

export const stopsQuery = z.strictObject({
  state: z.enum(['open', 'released']).default('open'),
  after: rowId.exactOptional(),
  limit: pageSize,
});

export const forecastQuery = z.strictObject({
  hours: z.coerce.number().int().min(1).max(168).default(24),
  segments: z.coerce.number().int().min(1).max(10_000_000).exactOptional(),
  at: instant.exactOptional(),
});
