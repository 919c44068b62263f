/**
 * Everything a template can be filled with, one row each: type, length, what stands in for it when it is missing, and
 * where in the message context it comes from. docs/templates.md shows the same table.
 */
import { CODE_MARK } from '../domain/privacy/access-code.ts';
import { isUsOrCanada } from '../domain/contacts/phone.ts';
import { CYCLES, FULFILMENTS, HISTORIES } from '../domain/journey/journey.ts';
import { LONGEST_TRACKING_LINK } from '../domain/orders/link-hosts.ts';
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import { TERMS } from '../locales/load.ts';
import {
  daysBetween,
  daysLate,
  expectedAt,
  firstUsableUrl,
  mainItemOfText,
  supplyEndsAt,
  startUrl,
} from './derived.ts';
import type { Length, Placeholder } from './value-types.ts';
import {
  choice,
  count,
  date,
  moneyValue,
  name,
  number,
  reference,
  reportedValue,
  reportedUrl,
  selling,
  textValue,
  urlValue,
  wording,
} from './value-types.ts';

/** On the brand's own short domain: a brand's file allows no longer ones. */
const OURS: Length = [40, 40];
/** The page of one customer: the brand's address and a signature. */
export const PERSONAL: Length = [64, 64];
/** From a shop or a carrier, who make them as long as they like. */
const FOREIGN: Length = [40, LONGEST_TRACKING_LINK];

/** As long as shops number their orders. */
export const ORDER_NAME: Length = [8, 16];

const NO_TITLE = Object.fromEntries(LOCALES.map((locale) => [locale, TERMS[locale].noTitle])) as Record<Locale, string>;

export const PLACEHOLDERS: Readonly<Record<string, Placeholder>> = {
  'brand.name': textValue([16, 20], 'required', 'the shop, as its customers know it', (c) => c.brand.name),
  'brand.supportUrl': urlValue(OURS, 'required', 'help page', (c) => c.brand.supportUrl),
  'brand.supportPhone': textValue([16, 20], 'empty', 'number to call', (c) => c.brand.supportPhone),
  'brand.agentName': name([10, 20], 'who answers customers', (c) => c.brand.agentName),
  'brand.preferencesUrl': urlValue(
    PERSONAL,
    'required',
    'page to choose or refuse messages',
    (c) => c.brand.preferencesUrl,
  ),
  'brand.choicesUrl': urlValue(
    PERSONAL,
    'empty',
    'the same page, gone while a person is erased',
    (c) => c.brand.preferencesUrl,
  ),
  'brand.reviewUrl': selling(urlValue(OURS, 'required', 'public review page', (c) => c.brand.reviewUrl)),
  'brand.reviewIncentive': selling(
    textValue([40, 60], 'empty', 'what a review earns', (c) => c.brand.reviewIncentive?.[c.locale]),
  ),
  'brand.loyaltyUrl': selling(urlValue(OURS, 'required', 'page of the loyalty club', (c) => c.brand.loyaltyUrl)),
  'brand.shopUrl': selling(urlValue(OURS, 'required', 'front page of the shop', (c) => c.brand.shopUrl)),

  'code.digits': textValue([6, 6], 'required', 'a code of six digits, put in when the text goes out', () => CODE_MARK),

  'contact.firstName': name([10, 20], 'given name', (c) => c.contact.firstName),
  'contact.lastName': name([12, 24], 'family name', (c) => c.contact.lastName),
  'contact.city': reportedValue([12, 24], 'empty', 'city of the delivery address', (c) => c.contact.city),
  'contact.country': reportedValue([2, 2], 'empty', 'country code, `IT`', (c) => c.contact.country),
  'contact.dataRates': choice(
    ['told', 'untold'],
    'whether networks want data rates told: US and Canada',
    ({ sender }) => (isUsOrCanada(sender?.country) ? 'told' : 'untold'),
  ),
  'contact.history': choice(HISTORIES, 'how many orders came before', (c) => c.contact.history),

  'order.name': reference(ORDER_NAME, 'required', 'what the customer knows it by, `#1042`', (c) => c.order?.name),
  'order.statusUrl': reportedUrl(FOREIGN, 'empty', 'page that shows where the order is', (c) => c.order?.statusUrl),
  'order.total': moneyValue('what was paid', (c) => c.order?.total),
  'order.refund': moneyValue('what was paid back, up to the total of the order', (c) => c.order?.refund),
  'order.placedAt': date('when it was ordered', (c) => c.order?.placedAt),
  'order.promisedAt': date('promised delivery, past or to come', (c) => c.order?.promisedAt),
  'order.expectedAt': date('promised delivery while it is still to come', expectedAt),
  'order.deliveredAt': date('when the last parcel arrived', (c) => c.order?.deliveredAt),
  'order.fulfilment': choice(FULFILMENTS, 'how the customer gets it', (c) => c.order?.fulfilment),
  'order.cycle': choice(CYCLES, 'judged within days, or after weeks of use', (c) => c.order?.cycle),
  'order.parcelCount': count('parcels it travels in', (c) => c.order?.parcelCount),
  'order.items': reportedValue([40, 60], 'empty', 'all titles, with commas', (c) =>
    c.items.map(({ title }) => title).join(', '),
  ),
  'order.itemCount': count('different products', (c) => c.items.length || undefined),
  'order.otherItems': count('different products beside the main one', (c) => c.items.length - 1 || undefined),
  'order.pieceCount': count('pieces in all', (c) => c.items.reduce((sum, item) => sum + item.quantity, 0) || undefined),
  'order.daysSincePlaced': count('whole days since it was ordered', (c) => daysBetween(c.order?.placedAt, c.now)),
  'order.daysSinceDelivered': count('whole days since it arrived', (c) => daysBetween(c.order?.deliveredAt, c.now)),
  'order.daysLate': count('whole days past the promise, while under way', daysLate),
  'order.bookingUrl': urlValue(OURS, 'empty', 'page to book a service', (c) => c.order?.bookingUrl),
  'order.downloadUrl': urlValue(OURS, 'empty', 'page to download digital goods', (c) => c.order?.downloadUrl),
  'order.startUrl': urlValue(OURS, 'required', 'first thing to open: download, booking or guide', (c) =>
    startUrl(c, OURS[1]),
  ),

  'parcel.number': count('which parcel, from 1', (c) => c.parcel?.number),
  'parcel.carrier': reportedValue([10, 20], 'empty', 'who carries it', (c) => c.parcel?.carrier),
  'parcel.trackingNumber': reference([18, 30], 'empty', "the carrier's number", (c) => c.parcel?.trackingNumber),
  'parcel.trackingUrl': reportedUrl(FOREIGN, 'empty', "the carrier's page", (c) => c.parcel?.trackingUrl),
  'parcel.followUrl': reportedUrl(FOREIGN, 'empty', "the carrier's page, else the order's", (c) =>
    firstUsableUrl(FOREIGN[1], c, c.parcel?.trackingUrl, c.order?.statusUrl),
  ),
  'parcel.pickupPlace': reportedValue([24, 40], 'empty', 'shop or locker where it waits', (c) => c.parcel?.pickupPlace),

  'item.title': reportedValue([24, 36], NO_TITLE, 'the main product', (c) => mainItemOfText(c)?.title),
  'item.quantity': count('pieces of the main product', (c) => mainItemOfText(c)?.quantity),
  'item.guideUrl': urlValue(OURS, 'empty', 'its set-up guide', (c) => mainItemOfText(c)?.guideUrl),
  'item.checklist': wording([60, 90], 'empty', 'steps to the first success', (c) => mainItemOfText(c)?.checklist),
  'item.careTip': wording([80, 120], 'required', 'one tip for using or keeping it', (c) => mainItemOfText(c)?.careTip),
  'item.complementTitle': selling(
    wording([24, 36], 'required', 'the one product that goes with it', (c) => mainItemOfText(c)?.complementTitle),
  ),
  'item.complementUrl': selling(
    urlValue(OURS, 'required', 'page of that product', (c) => mainItemOfText(c)?.complementUrl),
  ),
  'item.reorderUrl': selling(urlValue(OURS, 'required', 'orders the same again', (c) => mainItemOfText(c)?.reorderUrl)),
  'item.runsOutAfterDays': count('days it lasts', (c) => mainItemOfText(c)?.runsOutAfterDays),
  'item.runsOutAt': date('predicted day it is used up', supplyEndsAt),

  'loyalty.tier': reportedValue([10, 16], 'required', 'tier the customer has', (c) => c.contact.tier),
  'loyalty.nextTier': reportedValue([10, 16], 'empty', 'the tier after it', (c) => c.contact.nextTier),
  'loyalty.points': number('points collected', (c) => c.contact.points),
  'loyalty.pointsLeft': number('points missing for the next tier', (c) => c.contact.pointsToNextTier),
  'loyalty.lastOrderAt': date('when the customer last ordered', (c) => c.contact.lastOrderAt),
  'loyalty.daysAway': count('whole days since then', (c) => daysBetween(c.contact.lastOrderAt, c.now)),

  'time.now': date('the moment the text speaks of as now', (c) => c.now),

  opt_out: { type: 'opt_out', fallback: 'empty', about: 'how to refuse: put at the end where the customer is' },
};
