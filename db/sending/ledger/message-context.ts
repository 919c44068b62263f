import type { Brand, Product } from '../../../domain/orders/brand.ts';
import { CHANNEL } from '../../../channels/all.ts';
import { byLanguage } from '../../../domain/orders/brand.ts';
import { linkHostsOf } from '../../../domain/orders/link-hosts.ts';
import type { Cycle, Fulfilment, CustomerHistory } from '../../../domain/journey/journey.ts';
import type { LinkOwner } from '../../../domain/contacts/identity.ts';
import type { Channel, Locale } from '../../../domain/sending/message.ts';
import { LOCALES } from '../../../domain/sending/message.ts';
import type {
  BrandContext,
  ItemContext,
  MessageContext,
  Money,
  OrderContext,
  ParcelContext,
} from '../../../domain/text/message-context.ts';
import type { Db } from '../../connection/connect.ts';
import { ADDRESS, ZONE_COLUMNS, addressPart } from '../gate/gate-columns.ts';
import { brandByHash, rememberBrand } from '../gate/known-brands.ts';
import type { PlacedContact } from '../../../domain/place/contact-place.ts';
import type { OrderDetails } from '../../orders/order-details.ts';

interface Row {
  settings_hash: string;
  /** Present if it was asked for. */
  settings?: Brand;
  channel: Channel;
  link_id: Buffer | null;
  link_epoch: number | null;
  erasing: boolean;
  zone: string | null;
  shop_zone: string | null;
  region: string | null;
  postcode: string | null;
  address: string | null;
  address_country: string | null;
  first_name: string | null;
  last_name: string | null;
  locale: string | null;
  city: string | null;
  country: string | null;
  loyalty: { tier?: string; points?: number; nextTier?: string; pointsToNextTier?: number };
  name: string | null;
  placed_at: Date | null;
  currency: string | null;
  total_minor: number | null;
  fulfilment: Fulfilment | null;
  cycle: Cycle | null;
  history: CustomerHistory | null;
  details: OrderDetails | null;
  last_order_at: Date | null;
  facts: readonly OrderFact[] | null;
  refund: { amountMinor?: number } | null;
  parcels_seen: number;
  items: { title: string; quantity: number; product: Partial<Product> }[] | null;
  parcel: {
    /** True if this is the parcel that the message is about. */
    own: boolean;
    number: number;
    carrier?: string;
    trackingNumber?: string;
    trackingUrl?: string;
    pickupPlace?: string;
  } | null;
}

/** An event that says a promised time, a number of parcels or an arrival. Epoch ms, all but the count. */
interface OrderFact {
  readonly type: string;
  readonly at: number;
  readonly promisedAt: number | null;
  readonly parcelCount: number | null;
}

/** Reads each table once: what is to be made of the events of an order is worked out here. */
function contextText(more: string): string {
  return `select b.settings_hash${more}, m.channel, a.link_id, a.link_epoch, exists (select from erasures e where e.contact_id = c.id) as erasing,
       coalesce(o.locale, c.locale) as locale,
       case when m.order_id is null then c.first_name else o.first_name end as first_name,
       case when m.order_id is null then c.last_name else o.last_name end as last_name,
       ${ZONE_COLUMNS}, ${addressPart('country')}, ${addressPart('region')}, ${addressPart('city')}, ${addressPart('postcode')}, a.address, a.country as address_country, c.loyalty,
       o.name, o.placed_at, o.currency, o.total_minor, o.fulfilment, o.cycle, o.history, o.details,
       (select count(*) from parcels p where p.brand_id = o.brand_id and p.order_id = o.id) as parcels_seen,
       (select jsonb_agg(jsonb_build_object('type', i.type, 'at', (extract(epoch from i.occurred_at) * 1000)::bigint,
            'promisedAt', case when i.type = 'delivery_promised' then (i.payload->>'promisedAt')::bigint end,
            'parcelCount', (i.payload->>'parcelCount')::int))
          from inbox i where i.brand_id = o.brand_id and i.order_id = o.id
            and (i.type in ('delivery_promised', 'parcel_delivered') or jsonb_exists(i.payload, 'parcelCount'))) as facts,
       (select max(p.placed_at) from orders p where p.contact_id = c.id) as last_order_at,
       (select i.payload from inbox i where i.brand_id = o.brand_id and i.order_id = o.id and i.type = 'refund_issued'
          and i.event_id = m.occurrence limit 1) as refund,
       (select jsonb_agg(jsonb_build_object('title', t.title, 'quantity', t.quantity, 'product', t.product)
            order by t.product = '{}', t.line)
          from items t where t.brand_id = o.brand_id and t.order_id = o.id) as items,
       (select jsonb_strip_nulls(jsonb_build_object('own', p.id = m.occurrence, 'number', p.number, 'carrier', p.carrier,
            'trackingNumber', p.tracking_number, 'trackingUrl', p.tracking_url, 'pickupPlace', p.pickup_place))
          from parcels p where p.brand_id = o.brand_id and p.order_id = o.id order by p.id = m.occurrence desc limit 1) as parcel
     from messages m join brands b on b.id = m.brand_id join contacts c on c.id = m.contact_id
       left join orders o on o.brand_id = m.brand_id and o.id = m.order_id
       cross join lateral (select m.channel, m.order_id, m.occurrence) t ${ADDRESS}
     where m.id = :message`;
}

const CONTEXT_TEXT = contextText('');
const CONTEXT_TEXT_AND_BRAND = contextText(', b.settings');

/** The values that a text is filled from, and the places whose rules it has to keep. */
export interface RecipientContext extends MessageContext {
  /** The number that the links in the message belong to. Absent: the contact has no number, or is being erased. */
  readonly link?: LinkOwner;
  readonly place: PlacedContact;
}

/**
 * Everything a message's text can be filled from, in one statement. Name, language and place come from the order that the message is
 * about, because another order of the same number may be another person's. `zones` are those the decision used: the text gives times in
 * the first of them. `now`: epoch ms. The promise is the last one made. The parcel is the one the message is about, or else the only one:
 * the order expects as many as were said last, at least those that were seen.
 */
export async function readMessageContext(
  db: Db,
  message: string,
  { zones, now }: { zones: readonly string[]; now: number },
): Promise<RecipientContext> {
  const ask = async (text: string): Promise<Row> => {
    const { rows } = await db.raw<{ rows: Row[] }>(text, { message });
    if (!rows[0]) throw new Error('no such message');
    return rows[0];
  };
  const row = await ask(CONTEXT_TEXT);
  const brand = brandByHash(row.settings_hash);
  if (brand) return toContext(row, brand, zones[0] ?? brand.zone, now);
  // This process has not read the brand's present settings.
  const whole = await ask(CONTEXT_TEXT_AND_BRAND);
  if (!whole.settings) throw new Error('a brand without settings');
  rememberBrand(whole.settings_hash, whole.settings);
  return toContext(whole, whole.settings, zones[0] ?? whole.settings.zone, now);
}

function toContext(row: Row, brand: Brand, zone: string, now: number): RecipientContext {
  const parcelCount = Math.max(1, row.parcels_seen, lastSaid(row, 'parcelCount') ?? 0);
  const country = row.address_country ?? undefined;
  const sender = CHANNEL[row.channel].senderFor(brand, country);
  return {
    ...(row.link_id && !row.erasing && { link: { id: row.link_id, epoch: row.link_epoch ?? 0 } }),
    place: {
      zone: row.zone,
      shopZone: row.shop_zone,
      country: row.country,
      region: row.region,
      postcode: row.postcode,
      address: row.address === null ? undefined : { e164: row.address, country },
    },
    // The page of a person who is being erased is already closed.
    brand: { ...brandContext(brand), ...(row.erasing && { preferencesUrl: '' }) },
    ...(sender && { sender: { ...sender, ...present({ country }) } }),
    contact: {
      ...present({ firstName: row.first_name, lastName: row.last_name, city: row.city, country: row.country }),
      history: row.history ?? 'new',
      ...row.loyalty,
      ...(row.last_order_at && { lastOrderAt: row.last_order_at.getTime() }),
    },
    locale: LOCALES.find((locale) => row.locale?.startsWith(locale)) ?? fallbackLocale(row, brand),
    zone,
    now,
    ...(row.placed_at && { order: toOrder(row, row.placed_at, parcelCount) }),
    items: (row.items ?? []).map((item) => toItem(item, brand.locale)),
    ...parcelOf(row, parcelCount),
  };
}

/** The promise or the number of parcels that was said last, by the order itself or an event. */
function lastSaid({ placed_at, details, facts }: Row, what: 'promisedAt' | 'parcelCount'): number | undefined {
  const own = { at: placed_at?.getTime() ?? 0, said: details?.[what] };
  const said = [own, ...(facts ?? []).map((fact) => ({ at: fact.at, said: fact[what] }))];
  return said.reduce<{ at: number; said: number } | undefined>((last, { at, said: value }) => {
    if (value == null) return last;
    const isLater = !last || at > last.at || (at === last.at && value > last.said);
    return isLater ? { at, said: value } : last;
  }, undefined)?.said;
}

function parcelOf({ parcel }: Row, parcelCount: number): { parcel?: ParcelContext } {
  if (!parcel) return {};
  const { own, ...about } = parcel;
  return own || parcelCount === 1 ? { parcel: about } : {};
}

/**
 * The customer's language, if we have texts in it. A customer with another language reads English; one without a
 * language, the shop's own.
 */
function fallbackLocale(row: Row, brand: Brand): Locale {
  return row.locale === null ? brand.locale : 'en';
}

function brandContext(brand: Brand): BrandContext {
  const { name, links, supportPhone, agentName, reviewIncentive, locale } = brand;
  return {
    name,
    supportUrl: links.support,
    reviewUrl: links.review,
    loyaltyUrl: links.loyalty,
    preferencesUrl: links.preferences,
    shopUrl: links.shop,
    linkHosts: linkHostsOf(brand),
    ...present({ supportPhone, agentName }),
    ...(reviewIncentive !== undefined && { reviewIncentive: byLanguage(reviewIncentive, locale) }),
  };
}

function toOrder(row: Row, placedAt: Date, parcelCount: number): OrderContext {
  const arrivals = (row.facts ?? []).filter(({ type }) => type === 'parcel_delivered').map(({ at }) => at);
  const currency = row.currency ?? 'EUR';
  const products = (row.items ?? []).map(({ product }) => product);
  return {
    name: row.name ?? '',
    total: { minor: row.total_minor ?? 0, currency },
    placedAt: placedAt.getTime(),
    fulfilment: row.fulfilment ?? 'shipped',
    cycle: row.cycle ?? 'long',
    parcelCount,
    ...present({
      statusUrl: row.details?.statusUrl,
      promisedAt: lastSaid(row, 'promisedAt'),
      deliveredAt: arrivals.length > 0 ? Math.max(...arrivals) : undefined,
      bookingUrl: products.find(({ bookingUrl }) => bookingUrl)?.bookingUrl,
      downloadUrl: products.find(({ downloadUrl }) => downloadUrl)?.downloadUrl,
    }),
    ...refundOf(row, currency),
  };
}

/** An amount of zero, or of more than was paid, is probably a typo, so the text leaves it out. */
function refundOf({ refund, total_minor: total }: Row, currency: string): { refund?: Money } {
  const minor = refund?.amountMinor ?? 0;
  return minor > 0 && minor <= (total ?? 0) ? { refund: { minor, currency } } : {};
}

/** `own`: the language of the shop's texts that name no language. */
function toItem(
  { title, quantity, product }: { title: string; quantity: number; product: Partial<Product> },
  own: Locale,
): ItemContext {
  const { guideUrl, checklist, careTip, reorderUrl, runsOutAfterDays, complement } = product;
  return {
    title,
    quantity,
    ...present({ guideUrl, reorderUrl, runsOutAfterDays }),
    ...(checklist !== undefined && { checklist: byLanguage(checklist, own) }),
    ...(careTip !== undefined && { careTip: byLanguage(careTip, own) }),
    ...(complement && { complementTitle: byLanguage(complement.title, own), complementUrl: complement.url }),
  };
}

/** The entries of an object that have a value. */
function present<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
