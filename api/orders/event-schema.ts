/** The body of an event, made from the rows of the event table (domain/orders/events.ts): a schema for each kind of field. */
import { z } from 'zod';
import type { WireField } from '../../domain/orders/event-row.ts';
import type { ReportedType } from '../../domain/orders/events.ts';
import { EVENTS, REPORTED_TYPES } from '../../domain/orders/events.ts';
import { LONGEST_TRACKING_LINK } from '../../domain/orders/link-hosts.ts';
import {
  amount,
  country,
  currency,
  instant,
  link,
  opaqueId,
  phone,
  promise,
  text,
  travellingId,
} from '../http/request-values.ts';
import { named } from '../http/schema.ts';

export const shippingAddress = named(
  'Address',
  z.strictObject({
    country: country.exactOptional(),
    region: text(100).exactOptional(),
    city: text(100).exactOptional(),
    postcode: text(20).exactOptional(),
  }),
);

const parcel = named(
  'Parcel',
  z.strictObject({
    id: travellingId(64),
    carrier: text(60).exactOptional(),
    trackingNumber: text(60).exactOptional(),
    trackingUrl: link
      .exactOptional()
      .describe(`Texts go without it if it has more than ${LONGEST_TRACKING_LINK} characters; a note says so.`),
    pickupPlace: text(200).exactOptional(),
  }),
);

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
      .refine(({ sku, productId }) => sku !== undefined || productId !== undefined, 'must have a sku or a productId'),
  )
  .min(1)
  .max(200);

export type FieldKind = WireField['kind'];
type OfKind<Kind extends FieldKind> = Extract<WireField, { readonly kind: Kind }>;

/** A kind of field that is not here does not compile. */
const FIELD = {
  text: ({ most }: OfKind<'text'>) => text(most),
  count: ({ most }: OfKind<'count'>) => z.int().min(1).max(most),
  parcel: () => parcel,
  items: () => namedItems,
  amount: () => amount,
  currency: () => currency,
  promise: () => promise,
  customer: () => correctedCustomer,
  address: () => shippingAddress,
} satisfies { readonly [Kind in FieldKind]: (field: OfKind<Kind>) => z.ZodType };

/** The value of a field, once it is checked. */
export type FieldValue<Kind extends FieldKind> = z.output<ReturnType<(typeof FIELD)[Kind]>>;

type Says<Type extends ReportedType> = (typeof EVENTS)[Type]['says'];
type ValueOf<Field> = Field extends { readonly kind: infer Kind extends FieldKind } ? FieldValue<Kind> : never;
type Fields<Row> = {
  [Name in keyof Row as Row[Name] extends { readonly optional: true } ? never : Name]: ValueOf<Row[Name]>;
} & { [Name in keyof Row as Row[Name] extends { readonly optional: true } ? Name : never]?: ValueOf<Row[Name]> };

interface Head {
  id: string;
  /** Epoch ms. */
  occurredAt: number;
}
export type EventBody = { [Type in ReportedType]: Head & { type: Type } & Fields<Says<Type>> }[ReportedType];

const HEAD = { id: travellingId(128), occurredAt: instant };

/** Types whose rows share one object of fields have one form. */
const FORMS = Map.groupBy(REPORTED_TYPES, (type): Readonly<Record<string, WireField>> => EVENTS[type].says);

function formOf(types: readonly ReportedType[], says: Readonly<Record<string, WireField>>) {
  const [type, ...more] = types;
  if (type === undefined) throw new Error('a form of no event');
  const fields = Object.entries(says).map(([name, field]) => [name, schemaOf(field)] as const);
  const form = z.strictObject({
    ...HEAD,
    type: more.length > 0 ? z.enum(types) : z.literal(type),
    ...Object.fromEntries(fields),
  });
  const { about } = EVENTS[type];
  return about === undefined ? form : form.describe(about);
}

function schemaOf(field: WireField): z.ZodType {
  const make = FIELD[field.kind] as (field: WireField) => z.ZodType;
  return field.optional ? z.exactOptional(make(field)) : make(field);
}

const [first, ...others] = [...FORMS].map(([says, types]) => formOf(types, says));
if (first === undefined) throw new Error('there are no events');

export const eventBody = named(
  'NewEvent',
  // The rows say of every field what its value is, so the type of a body is made from them, too.
  z.discriminatedUnion('type', [first, ...others]) as unknown as z.ZodType<EventBody>,
  {
    id: 'shipment-1-handed-over',
    type: 'parcel_shipped',
    occurredAt: '2026-03-03T16:20:00+01:00',
    parcel: {
      id: 'shipment-1',
      carrier: 'BRT',
      trackingNumber: '0123456789',
      trackingUrl: 'https://vas.brt.it/t/0123456789',
    },
  },
);
