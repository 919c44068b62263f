/** A database with a brand, orders of customers who agreed to everything, and messages to send them. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadBrand } from '../../brands/load.ts';
import { submit } from '../../db/sending/ledger/attempts.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import type { Db } from '../../db/connection/connect.ts';
import { connect } from '../../db/connection/connect.ts';
import { readMessageAndGate } from '../../db/sending/ledger/ledger-message.ts';
import type { Intent } from '../../domain/sending/intent.ts';
import { NO_BASIS } from '../../domain/sending/gate/decision.ts';
import { recordDecision } from '../../db/sending/ledger/messages.ts';
import { storeFact } from '../../db/orders/inbox.ts';
import { placeOrder } from '../../commands/orders/place-order.ts';
import { saveText } from '../../db/sending/lanes/slots.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { kindRule } from '../../domain/sending/message.ts';
import type { MessageState } from '../../domain/sending/message.ts';
import type { Customer, GivenConsent, Order } from '../../domain/orders/order.ts';
import { loadStandardJourney } from '../../journeys/load.ts';
import { ORDER_TIME } from './orders.ts';
import { createTestDatabase } from './postgres.ts';
import { storeOf } from './keys.ts';

/** Tuesday 3 March 2026, 12:00 in Rome: within every sending window there. */
export const NOON = Date.UTC(2026, 2, 3, 11);

export const brand: Brand = loadBrand(fileURLToPath(new URL('../../demo/brand.yaml', import.meta.url)));

export interface Ledger {
  readonly db: Db;
  readonly url: string;
  /** Of the role that owns the tables, for what the service may not do. */
  readonly migrationUrl: string;
  readonly owner: Db;
  close(): Promise<void>;
}

/** A database of its own with `brand` in it. */
export async function openLedger(): Promise<Ledger> {
  const database = await createTestDatabase();
  const db = connect(database.url, { poolMax: 20 });
  await saveBrand(db, brand, ORDER_TIME);
  const owner = connect(database.migrationUrl, { poolMax: 2 });
  const close = async () => {
    await db.destroy();
    await owner.destroy();
    await database.drop();
  };
  return { db, owner, url: database.url, migrationUrl: database.migrationUrl, close };
}

export function consentTo(kind: GivenConsent['class'], overrides: Partial<GivenConsent> = {}): GivenConsent {
  const wording = 'Scrivetemi di novità e offerte.';
  return { class: kind, action: 'granted', wording, source: 'checkout', at: ORDER_TIME, ...overrides };
}

type OrderOverrides = Partial<Omit<Order, 'customer'>> & {
  readonly customer?: { readonly [Name in keyof Customer]?: Customer[Name] | undefined };
};

let count = 0;

/** Every call is another order of another customer in Milano. `customer` is merged, undefined leaves out; all else is replaced. */
export function orderOf({ customer, ...overrides }: OrderOverrides = {}): Order {
  count += 1;
  return {
    id: `order-${count}`,
    name: `#${1000 + count}`,
    placedAt: ORDER_TIME,
    total: { minor: 5480, currency: 'EUR' },
    fulfilment: 'shipped',
    place: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
    items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, priceMinor: 3990 }],
    customer: known({
      id: `customer-${count}`,
      firstName: 'Giulia',
      lastName: 'Rossi',
      phone: { e164: `+39333${1_000_000 + count}`, country: 'IT' },
      locale: 'it',
      consents: [consentTo('promotional'), consentTo('service_feedback')],
      ...customer,
    }),
    ...overrides,
  };
}

function known(customer: NonNullable<OrderOverrides['customer']>): Customer {
  const entries = Object.entries(customer).filter(([, value]) => value !== undefined);
  return { consents: [], ...Object.fromEntries(entries) };
}

export interface PlacedOrder {
  readonly brand: string;
  readonly order: string;
  readonly contact: string;
  /** E.164; empty for an order without a number. */
  readonly phone: string;
}

export function place(db: Db, order: Order, at: number = order.placedAt, of: Brand = brand) {
  const hash = createHash('sha256').update(JSON.stringify(order)).digest();
  return placeOrder(storeOf(db), of, order, loadStandardJourney(), hash, at);
}

/** Places an order that cannot be refused and gives back its ids. */
export async function placedOrder(db: Db, overrides: OrderOverrides = {}, of: Brand = brand): Promise<PlacedOrder> {
  const order = orderOf(overrides);
  const result = await place(db, order, order.placedAt, of);
  if (result.kind !== 'placed') throw new Error(result.kind);
  const phone = order.customer.phone?.e164 ?? '';
  return { brand: of.id, order: order.id, contact: result.contact, phone };
}

/** A message about an order that is due at noon: the dispatch of its first parcel unless told otherwise. */
export function intended({ phone: _phone, ...about }: PlacedOrder, overrides: Partial<Intent> = {}): Intent {
  const kind = overrides.kind ?? 'shipped';
  const dueAt = overrides.dueAt ?? NOON;
  return {
    ...about,
    step: kind,
    occurrence: kind === 'shipped' ? 'parcel-1' : '',
    kind,
    channel: 'sms',
    triggeredAt: dueAt,
    dueAt,
    usefulUntil: dueAt + kindRule(kind).usefulFor,
    inReply: false,
    guards: [],
    ...overrides,
  };
}

export const TEXT = 'Bottega Sole: ordine in viaggio.';

/** A message in the ledger that was allowed and has its text. Returns its id. */
export async function planned(
  db: Db,
  order: PlacedOrder,
  { heard, ...overrides }: Partial<Intent> & { readonly heard?: string } = {},
): Promise<string> {
  const message = intended(order, overrides);
  const where = { ...NO_BASIS, zones: ['Europe/Rome'], zoneSource: 'address' };
  const { id } = await recordDecision(db, message, { kind: 'send', rule: 'all_clear' }, where, message.dueAt, heard);
  if (id === undefined) throw new Error('not in the ledger');
  await saveText(db, id, { text: TEXT, locale: 'it', encoding: 'gsm7', segments: 1 });
  return id;
}

/** The first parcel of an order has left, as its run knows: what `intended` is about unless told otherwise. */
export async function shipped(db: Db, { brand: of, order }: PlacedOrder, at: number = NOON): Promise<void> {
  const fact = { brand: of, order, source: 'api', id: 'shipped-1', type: 'parcel_shipped', at, now: at } as const;
  await storeFact(db, { ...fact, payload: { parcel: 'parcel-1' }, requestHash: Buffer.from('shipped'), applied: true });
}

/** Submits a message and goes no further, as a run that dies before its call. Returns the attempt's reference. */
export async function submitted(db: Db, message: string, at: number = NOON): Promise<string> {
  const read = await readMessageAndGate(db, message, at);
  const call = { clientRef: randomUUID(), to: read?.gate.address?.e164 ?? '', from: read?.gate.sender ?? '' };
  if (!read || !(await submit(db, read.message, read.gate, call, at))) throw new Error('not submitted');
  return call.clientRef;
}

/** Waits until this many other connections of the database wait for a lock. */
export async function untilWaiting(db: Db, connections: number): Promise<void> {
  for (;;) {
    const { rows } = await db.raw<{ rows: object[] }>(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows.length >= connections) return;
    await sleep(5);
  }
}

/** As if the data of an erased contact had been removed in 2025: the database dates that by its own clock. */
export async function erasedLongAgo({ owner }: Ledger, contact: string): Promise<void> {
  await owner('contacts')
    .where({ id: contact })
    .update({ proof_set_at: new Date(Date.UTC(2025, 0, 1)) });
}

export interface LedgerRow {
  readonly state: MessageState;
  readonly reason: string | null;
  readonly submitted_at: Date | null;
}

export async function ledgerRowOf(db: Db, message: string): Promise<LedgerRow> {
  const row: LedgerRow | undefined = await db('messages')
    .where({ id: message })
    .first('state', 'reason', 'submitted_at');
  if (!row) throw new Error('no such message');
  return row;
}

export interface AttemptRow {
  readonly number: number;
  readonly client_ref: string;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly provider_id: string | null;
}

/** All attempts of a message, first to last. */
export async function attemptsOf(db: Db, message: string): Promise<AttemptRow[]> {
  return db('attempts')
    .where({ message_id: message })
    .orderBy('number')
    .select<AttemptRow[]>('number', 'client_ref', 'outcome', 'code', 'provider_id');
}
