/** A brand's file: what a shop owner writes about the shop. Read by `npm run brand` and kept in the database. */
import { z } from 'zod';
import type { Brand } from '../domain/brand.ts';

const url = z.url({ protocol: /^https?$/ }).max(40, 'links stand in text messages: 40 characters at most');

const product = z.strictObject({
  match: z.array(z.string().min(1)).min(1),
  cycle: z.enum(['fast', 'long']),
  fulfilment: z.enum(['digital', 'service']).exactOptional(),
  guideUrl: url.exactOptional(),
  checklist: z.string().min(1).exactOptional(),
  careTip: z.string().min(1).exactOptional(),
  runsOutAfterDays: z.int().min(1).max(365).exactOptional(),
  reorderUrl: url.exactOptional(),
  complement: z.strictObject({ title: z.string().min(1), url }).exactOptional(),
  bookingUrl: url.exactOptional(),
  downloadUrl: url.exactOptional(),
});

export const brandSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'lower-case letters, digits and dashes'),
  name: z.string().min(1).max(20),
  sender: z.string().regex(/^(\+[1-9]\d{6,14}|[A-Za-z0-9]{3,11})$/, 'an E.164 number or 3 to 11 letters and digits'),
  rcsAgent: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9._-]{2,99}$/,
      'the name of a registered agent: letters, digits, dots, dashes and underscores',
    )
    .exactOptional(),
  locale: z.enum(['en', 'it', 'ko']),
  country: z.string().regex(/^[A-Z]{2}$/, 'two capital letters'),
  zone: z.string().refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone), 'not an IANA time zone'),
  links: z.strictObject({ support: url, review: url, loyalty: url, preferences: url, shop: url }),
  supportPhone: z.string().min(1).max(20).exactOptional(),
  agentName: z.string().min(1).max(20).exactOptional(),
  reviewIncentive: z.string().min(1).max(60).exactOptional(),
  parcelByParcel: z.boolean().exactOptional(),
  marketingWording: z.string().min(1).exactOptional(),
  products: z.array(product),
  limits: z
    .strictObject({
      messagesPerSecond: z.number().min(0.01).max(1000).exactOptional(),
      segmentsPerMinute: z.number().min(1).max(60_000).exactOptional(),
      messagesPerDay: z.int().min(1).max(10_000_000).exactOptional(),
    })
    .exactOptional(),
}) satisfies z.ZodType<Brand>;
