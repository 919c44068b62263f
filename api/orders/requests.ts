/** Orders, their events and commands, as they are accepted. Unknown fields are mistakes. */
import { z } from 'zod';
import { PARCEL_EVENTS } from '../../domain/orders/events.ts';
import { FULFILMENTS } from '../../domain/journey/journey.ts';
import { orderConsent } from '../consent/requests.ts';
import { orderId } from '../http/path-ids.ts';
import {
  text,
  opaqueId,
  locale,
  timeZone,
  country,
  phone,
  amount,
  travellingId,
  instant,
  promise,
  currency,
  shortUrl,
  url,
} from '../http/request-values.ts';

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
  phone: phone.exactOptional(),
  locale: locale.exactOptional(),
  timeZone: timeZone.exactOptional(),
  earlierOrders: z.int().nonnegative().exactOptional(),
  loyalty: loyalty.exactOptional(),
  consents: z.array(orderConsent).max(20).exactOptional(),
});

const shippingAddress = z.strictObject({
  country: country.exactOptional(),
  region: text(100).exactOptional(),
  city: text(100).exactOptional(),
  postcode: text(20).exactOptional(),
});

/** The fields by which a number is read, in an order that may have mistakes elsewhere. */
export const orderPhone = z.object({
  customer: z.object({ phone }),
  shippingAddress: z.object({ country: country.exactOptional() }).exactOptional(),
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
  id: orderId,
  name: text(40),
  placedAt: instant,
  currency,
  total: amount,
  fulfilment: z.enum(FULFILMENTS).default('shipped'),
  statusUrl: shortUrl.exactOptional(),
  promisedAt: promise.exactOptional(),
  parcelCount: parcelCount.exactOptional(),
  /** An order of the shop's own tests. It is told of as any other, and is no sign that a customer has come back. */
  test: z.boolean().exactOptional(),
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

const correctedCustomer = z.strictObject({
  phone: phone.exactOptional(),
  firstName: text(100).exactOptional(),
  lastName: text(100).exactOptional(),
});

/** Items of the order, as its lines name them. */
const namedItems = z
  .array(
    z
      .strictObject({
        sku: text(100).exactOptional(),
        productId: opaqueId(64).exactOptional(),
        quantity: z.int().min(1).max(1_000_000),
      })
      .refine(({ sku, productId }) => sku !== undefined || productId !== undefined, 'needs a sku or a productId'),
  )
  .min(1)
  .max(200);

export const eventBody = z.discriminatedUnion('type', [
  z.strictObject({ ...eventHead, type: z.literal('order_cancelled') }),
  z
    .strictObject({ ...eventHead, type: z.literal('order_updated'), parcelCount: parcelCount.exactOptional() })
    .describe(
      '`parcelCount`: of the whole order, where it has changed. The count that was said last holds, a lower one too.',
    ),
  z
    .strictObject({ ...eventHead, type: z.literal('return_received'), items: namedItems.exactOptional() })
    .describe('Without `items` the whole order came back, which ends its conversation.'),
  z
    .strictObject({
      ...eventHead,
      type: z.literal('refund_issued'),
      amount: amount.exactOptional(),
      currency: currency.exactOptional(),
      items: namedItems.exactOptional(),
    })
    .describe(
      'With neither `amount` nor `items` the whole order was refunded, which ends its conversation. An `amount` above the total of the order is left out of texts. So do parts that add up to it. The id is that of the refund: one that is reported under two ids is told once where that shows.',
    ),
  z.strictObject({ ...eventHead, type: z.enum(PARCEL_EVENTS), parcel, parcelCount: parcelCount.exactOptional() }),
  z
    .strictObject({ ...eventHead, type: z.literal('delivery_promised'), promisedAt: promise })
    .describe('One that is said to be older than its order counts as made just after it.'),
  z.strictObject({ ...eventHead, type: z.literal('tier_reached'), tier: text(40).exactOptional() }),
  z
    .strictObject({
      ...eventHead,
      type: z.literal('order_corrected'),
      customer: correctedCustomer.exactOptional(),
      shippingAddress: shippingAddress.exactOptional(),
    })
    .describe('A wrong number, name or address of an order under way. Name and address are replaced as a whole.'),
]);
export type EventBody = z.output<typeof eventBody>;

export const pauseBody = z.strictObject({ until: instant.exactOptional() });
/** `shipped`, or one occurrence of it: `shipped#p1`. It travels to the workflow, so free text is refused. */
export const skipBody = z.strictObject({
  step: z
    .string()
    .max(200)
    .regex(
      /^[a-z][a-z0-9_]{0,63}(#[A-Za-z0-9._:#/-]{1,128})?$/,
      'the name of a step, or of one occurrence: name#occurrence',
    ),
});
export const emptyBody = z.strictObject({});
