/** A brand's file: what a shop owner writes about the shop. Read by `npm run brand` and kept in the database. */
import type { Brand, SenderSettings } from '../domain/orders/brand.ts';
import { readYamlFile } from '../kit/yaml-file.ts';
import { z } from 'zod';
import { STOP_HANDLERS } from '../domain/orders/brand.ts';
import { CHANNEL } from '../channels/all.ts';
import { CHANNELS, LOCALES, MESSAGE_KINDS, isMessageKind } from '../domain/sending/message.ts';
import { HIGHEST_LIMIT } from '../domain/sending/gate/number-limits.ts';
import { isCountry } from '../domain/contacts/phone.ts';
import { SENDER_KINDS } from '../domain/rules/rule-pack.ts';
import { senderKindOf } from '../domain/sending/gate/sender.ts';

const link = z.url({ protocol: /^https$/, error: ({ input }) => (input === undefined ? undefined : 'an https link') });
const url = link.max(40, 'links stand in text messages: 40 characters at most');
/** A personal part of up to 24 characters and a slash follow it, and 64 is what texts have room for. */
const base = link.max(39, 'the base of links in text messages: 39 characters at most');

/** A text in the brand's own language, or texts by language. */
const wording = (longest: number) => {
  const words = z.string().min(1).max(longest);
  return z.union(
    [words, z.partialRecord(z.enum(LOCALES), words).refine((by) => Object.keys(by).length > 0, 'in no language')],
    {
      error: `a text of at most ${longest} characters, or texts by language: { ${LOCALES.join(': ..., ')}: ... }`,
    },
  );
};

const product = z.strictObject({
  match: z.array(z.string().min(1)).min(1),
  cycle: z.enum(['fast', 'long']),
  fulfilment: z.enum(['digital', 'service']).exactOptional(),
  guideUrl: url.exactOptional(),
  checklist: wording(200).exactOptional(),
  careTip: wording(200).exactOptional(),
  runsOutAfterDays: z.int().min(1).max(365).exactOptional(),
  reorderUrl: url.exactOptional(),
  complement: z.strictObject({ title: wording(100), url }).exactOptional(),
  bookingUrl: url.exactOptional(),
  downloadUrl: url.exactOptional(),
});

const country = z
  .string()
  .refine(isCountry, 'not a country with numbers of its own, ISO 3166-1 alpha-2: the United Kingdom is GB');
/** At least two labels: `it` alone would allow every Italian site. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

const senderSettings = z.strictObject({
  // A registered prefix is part of a name: `AD-Bottega` in the Emirates.
  sender: z
    .string()
    .regex(
      /^(\+[1-9]\d{6,14}|[A-Za-z0-9][A-Za-z0-9-]{1,9}[A-Za-z0-9])$/,
      'an E.164 number or 3 to 11 letters, digits and dashes',
    ),
  senderKind: z.enum(SENDER_KINDS).exactOptional(),
  stopHandledBy: z.enum(STOP_HANDLERS).exactOptional(),
  optOutCode: z
    .string()
    .regex(/^\d{3,6}$/, 'a short code of 3 to 6 digits')
    .exactOptional(),
  optOutPhone: z
    .string()
    .regex(/^\+?[\d -]{6,20}$/, 'a phone number of at most 20 characters')
    .exactOptional(),
});

/** Of a number only its owner knows whether it is toll-free; all else shows. */
function checkKind({ sender, senderKind }: SenderSettings, context: z.RefinementCtx): void {
  const looks = senderKindOf(sender);
  if (senderKind === undefined || senderKind === looks || (senderKind === 'toll_free' && looks === 'long_number'))
    return;
  const message = `the sender looks like ${looks}`;
  context.addIssue({ code: 'custom', path: ['senderKind'], message });
}

const promotional = z.array(z.enum(Object.keys(MESSAGE_KINDS).filter(isMessageKind))).exactOptional();

/** The settings of each channel that has senders of its own. */
const CHANNEL_SETTINGS = Object.fromEntries(
  CHANNELS.flatMap((name) => {
    const { fileSender } = CHANNEL[name];
    if (!fileSender) return [];
    const sender = z.string().regex(fileSender.format, fileSender.meant);
    return [[name, z.strictObject({ sender, promotional }).exactOptional()]];
  }),
);

export const brandSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'lower-case letters, digits and dashes'),
    name: z.string().min(1).max(20),
    ...senderSettings.shape,
    senders: z.record(country, senderSettings.superRefine(checkKind)).exactOptional(),
    channels: z.strictObject(CHANNEL_SETTINGS).exactOptional(),
    locale: z.enum(LOCALES),
    country,
    zone: z.string().refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone), 'not an IANA time zone'),
    countries: z
      .array(country)
      .min(1)
      .refine((codes) => new Set(codes).size === codes.length, 'a country stands twice')
      .exactOptional(),
    links: z.strictObject({ support: url, review: url, loyalty: url, preferences: base, shop: url }),
    linkHosts: z.array(z.string().regex(HOST, 'a host name in lower case, such as vas.brt.it')).max(50).exactOptional(),
    supportPhone: z.string().min(1).max(20).exactOptional(),
    agentName: z.string().min(1).max(20).exactOptional(),
    reviewIncentive: wording(60).exactOptional(),
    parcelByParcel: z.boolean().exactOptional(),
    marketingWording: z.string().min(1).exactOptional(),
    products: z.array(product),
    spend: z
      .strictObject({
        currency: z.string().regex(/^[A-Z]{3}$/, 'a currency such as EUR: that of the account'),
        perDay: z.number().positive().max(10_000_000).exactOptional(),
        perCountryPerDay: z.number().positive().max(10_000_000).exactOptional(),
      })
      .refine(
        ({ perDay, perCountryPerDay }) => perDay !== undefined || perCountryPerDay !== undefined,
        'limits nothing',
      )
      .exactOptional(),
    conversionAlarm: z
      .strictObject({ newNumbers: z.int().min(1).max(100_000).exactOptional(), hold: z.boolean().exactOptional() })
      .exactOptional(),
    limits: z
      .strictObject({
        messagesPerSecond: z.number().min(0.01).max(1000).exactOptional(),
        segmentsPerMinute: z.number().min(1).max(60_000).exactOptional(),
        messagesPerDay: z.int().min(1).max(10_000_000).exactOptional(),
        accountShare: z.number().min(0.01).max(100).exactOptional(),
        perPersonPerDay: z.int().min(0).max(10).exactOptional(),
        perPersonPerWeek: z.int().min(0).max(20).exactOptional(),
        perNumberPerDay: z.int().min(1).max(HIGHEST_LIMIT).exactOptional(),
        perNumberPerWeek: z.int().min(1).max(HIGHEST_LIMIT).exactOptional(),
        ordersPerNumberPerDay: z.int().min(1).max(HIGHEST_LIMIT).exactOptional(),
      })
      .exactOptional(),
  })
  .superRefine(checkKind) satisfies z.ZodType<Brand>;

/** A brand's file. Throws FileMistakes with file, line and column, or the file system's own error. */
export function loadBrand(path: string | URL, shown: string = String(path)): Brand {
  return readYamlFile(path, shown, brandSchema).value;
}
