import type { Brand } from '../../../domain/orders/brand.ts';
import { EVENTS } from '../../../domain/orders/events.ts';
import { CHANNEL } from '../../../channels/all.ts';
import { freeTextUntil } from '../../../channels/channel.ts';
import { servedBy } from '../../../domain/orders/brand.ts';
import type { Cap } from '../../../domain/sending/gate/caps.ts';
import { CAP, CAP_PERIOD, MARKETING } from '../../../domain/sending/gate/caps.ts';
import { consentsOf } from '../../../domain/consent/consent.ts';
import type { KnownPromise } from '../../../domain/orders/delay.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { Gate } from '../../../domain/sending/gate/gate.ts';
import type { Intent } from '../../../domain/sending/intent.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import type { KnownOfIntent, NeededFacts } from '../../../domain/sending/gate/needed-facts.ts';
import { ALL_FACTS, neededFacts } from '../../../domain/sending/gate/needed-facts.ts';
import type { NumberLimits } from '../../../domain/sending/gate/number-limits.ts';
import { NUMBER_LIMITS } from '../../../domain/sending/gate/number-limits.ts';
import type { Preferences } from '../../../domain/consent/choices.ts';
import { NO_PREFERENCES } from '../../../domain/consent/choices.ts';
import { spendShare } from '../../../domain/sending/spend.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';
import type { GateRow, BlockInForce, StoredPreferences } from './gate-columns.ts';
import { ADDRESS, gateColumns } from './gate-columns.ts';
import type { BrandColumns } from './known-brands.ts';
import { ALL_OF_BRAND, brandByHash, columnsWorthReading, hasLimits, rememberBrand } from './known-brands.ts';

/**
 * The message itself, on its channel, if it was submitted. State `unknown` is left out, because a decision may give such a message up. The
 * condition on `order_id` is added in two forms, because the index serves `=` and `is null` and not `is not distinct from`.
 */
const SUBMITTED_BEFORE = `select m.id from messages m where m.brand_id = b.id and m.step = t.step and m.occurrence = t.occurrence and m.contact_id = c.id
      and m.channel = t.channel and m.state in ('submitted', 'accepted', 'delivered', 'read', 'undeliverable', 'rejected')`;

/** The brand is compared outside of the join. Inside, PostgreSQL may read all contacts of a brand with few. */
const GATE_TEXT = textOf(
  (columns) => `select c.brand_id, case when t.order_id is null then (${SUBMITTED_BEFORE} and m.order_id is null)
       else (${SUBMITTED_BEFORE} and m.order_id = t.order_id) end as submitted_before, ${columns} from brands b
       cross join (select cast(:order as text) as order_id, cast(:step as text) as step,
         cast(:occurrence as text) as occurrence, cast(:kind as text) as kind,
         cast(:channel as text) as channel, cast(null as text) as locale) t
       left join orders o on o.brand_id = b.id and o.id = t.order_id
       join contacts c on c.id = coalesce(o.contact_id, cast(:contact as uuid)) ${ADDRESS}
     where b.id = :brand`,
);

/**
 * The gate of a contact for a message, as of `now` (epoch ms). For a message about an order, the order's present contact counts: the
 * caller may not know yet that the number was corrected.
 */
export async function readGate(db: Db, message: Intent, now: number): Promise<Gate> {
  const { brand, contact, order, step, occurrence, kind, channel } = message;
  const bindings = { brand, contact, order, step, occurrence, kind, channel, now: timestamp(now) };
  const read = await readNeeded(message, async (needed, ofBrand) => {
    const { rows } = await db.raw<{ rows: AskedRow[] }>(GATE_TEXT(needed, ofBrand), bindings);
    return rows[0];
  });
  if (read?.row.brand_id !== brand) throw new Error('no such contact');
  const { submitted_before: submittedBefore } = read.row;
  return { ...toGate(read.row, read.brand, message), ...(submittedBefore !== null && { submittedBefore }) };
}

interface AskedRow extends GateRow {
  brand_id: string;
  submitted_before: string | null;
}

interface Read<Row> {
  readonly row: Row;
  readonly brand: Brand;
}

type Ask<Row> = (needed: NeededFacts, ofBrand: BrandColumns) => Promise<Row | undefined>;

/**
 * Reads the facts that a message of the kind needs, and all facts if those turn out to be too few. Each answer is one
 * snapshot, and only the last one counts. `about.brand` absent: any brand. `isEnough`: whether the message is of the
 * expected kind.
 */
export async function readNeeded<Row extends GateRow>(
  about: KnownOfIntent & { readonly brand?: string },
  ask: Ask<Row>,
  isEnough: (row: Row) => boolean = () => true,
): Promise<Read<Row> | undefined> {
  const guessed = columnsWorthReading(about.brand);
  const row = await ask(neededFacts(about), guessed);
  if (!row) return undefined;
  const brand = brandOf(row, guessed);
  return brand && isEnough(row) ? { row, brand } : readAll(ask);
}

/** Undefined: more facts have to be read. */
export function brandOf({ settings, settings_hash: hash }: GateRow, { limits }: BrandColumns): Brand | undefined {
  const brand = settings ? rememberBrand(hash, settings) : brandByHash(hash);
  return brand && (limits || !hasLimits(brand)) ? brand : undefined;
}

/** The same, all at once. */
export async function readAll<Row extends GateRow>(ask: Ask<Row>): Promise<Read<Row> | undefined> {
  const row = await ask(ALL_FACTS, ALL_OF_BRAND);
  return row?.settings && { row, brand: rememberBrand(row.settings_hash, row.settings) };
}

/** Texts of statements with the columns of a gate. Each is built once, because it is long. */
export function textOf(text: (columns: string) => string): (needed: NeededFacts, ofBrand: BrandColumns) => string {
  const made = new Map<string, string>();
  return (needed, ofBrand) => {
    const key = JSON.stringify([needed, ofBrand]);
    const known = made.get(key) ?? text(gateColumns(needed, ofBrand));
    made.set(key, known);
    return known;
  };
}

/** Facts that the kind does not need count as empty, whether they were read or not. */
export function toGate(row: GateRow, brand: Brand, { kind, channel }: Pick<Intent, 'kind' | 'channel'>): Gate {
  const needed = neededFacts({ kind, channel });
  const spend = spendOf(row, brand);
  const ended = row.ended === null ? undefined : EVENTS[row.ended].ends;
  const sender = CHANNEL[channel].senderFor(brand, row.address_country ?? undefined);
  const freeText = freeTextUntil(CHANNEL[channel], row.wrote_at?.getTime());
  const blocked = blockOf(row, brand, sender?.name, kind);
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
    ...(sender && { sender: sender.name }),
    ...(sender && { senderKind: sender.kind }),
    deliveredElsewhere: row.delivered_elsewhere,
    textLocale: row.text_locale ?? brand.locale,
    countsAsPromotion: brand.channels?.[channel]?.promotional?.includes(kind) ?? false,
    ...(blocked && { blocked: { scope: blocked.scope, code: blocked.code } }),
    ...(freeText !== undefined && { freeTextUntil: freeText }),
    ...(ended && { ended }),
    openCase: (needed.cases && row.open_case) ?? false,
    ...(needed.caps && row.case_closed_at && { caseClosedAt: row.case_closed_at.getTime() }),
    held: (needed.cases && row.held) ?? false,
    ...(needed.erasure && row.erasure_due_at && { erasureDueAt: row.erasure_due_at.getTime() }),
    consents: consentsOf((needed.choices && row.consents) || []),
    lists: (needed.choices && row.lists) || {},
    preferences: toPreferences((needed.choices && row.preferences) || null),
    customer: {
      member: row.member,
      reordered: row.reordered ?? false,
      asked_recently: row.asked_recently ?? false,
    },
    ...(needed.spacing && row.last_message_at && { lastMessageAt: row.last_message_at.getTime() }),
    caps: capsOf(brand.limits),
    sent: (needed.caps && row.sent) || [],
    waitingMessages: (needed.caps && row.waiting_messages) || [],
    served: servedBy(brand, row.delivered_to ?? []),
    limits: limitsOf(brand.limits),
    texted: (needed.limits && row.texted) || [],
    ...(spend && { spend }),
    countryHeld: row.country_held ?? false,
    ...(needed.delay && row.delay && { delay: toKnownPromise(row.delay) }),
  };
}

/** The block that holds the message: of its sender first, or of its template in the language of the text. */
function blockOf(
  { blocks, text_locale: locale }: GateRow,
  brand: Brand,
  sender: string | undefined,
  kind: MessageKind,
): BlockInForce | undefined {
  return (blocks ?? [])
    .filter((block) => block.sender === sender || (block.kind === kind && block.locale === (locale ?? brand.locale)))
    .toSorted((a, b) => (a.scope < b.scope ? -1 : 1))[0];
}

function toKnownPromise({ told, ...delay }: NonNullable<GateRow['delay']>): KnownPromise {
  return { ...delay, ...(told && { told }) };
}

export function toPreferences(stored: StoredPreferences | null): Preferences {
  if (!stored) return NO_PREFERENCES;
  const { topicsOff, channelsOff, mostPerWeek, pausedUntil } = stored;
  return {
    topicsOff,
    channelsOff,
    ...(mostPerWeek !== null && { mostPerWeek }),
    ...(pausedUntil !== null && { pausedUntil }),
  };
}

function spendOf({ spent, address_country: country }: GateRow, { spend: settings }: Brand): Gate['spend'] {
  const used = settings && spent ? spendShare(settings, spent, country ?? undefined) : undefined;
  return used && spent ? { ...used, until: spent.until } : undefined;
}

function limitsOf(limits: Brand['limits']): NumberLimits {
  const { perNumberPerDay, perNumberPerWeek, ordersPerNumberPerDay } = limits ?? {};
  return {
    perDay: perNumberPerDay ?? NUMBER_LIMITS.perDay,
    perWeek: perNumberPerWeek ?? NUMBER_LIMITS.perWeek,
    ordersPerDay: ordersPerNumberPerDay ?? NUMBER_LIMITS.ordersPerDay,
  };
}

function capsOf(limits: Brand['limits']): Cap[] {
  const { perPersonPerDay, perPersonPerWeek = CAP } = limits ?? {};
  return [
    { rule: 'cap.week', max: perPersonPerWeek, per: CAP_PERIOD, topics: MARKETING },
    ...(perPersonPerDay === undefined ? [] : [{ rule: 'cap.day', max: perPersonPerDay, per: DAY, topics: MARKETING }]),
  ];
}
