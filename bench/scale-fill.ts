/**
 * Fills a database with any number of orders. One order is played by the functions of the product; its rows are then
 * copied in the database, so a new column of a table is filled without a change here.
 */
import { randomUUID } from 'node:crypto';
import type { Store } from '../db/addresses/store.ts';
import { recordAudit } from '../db/access/record-audit.ts';
import { saveBrand } from '../commands/orders/save-brand.ts';
import type { Db } from '../db/connection/connect.ts';
import { recordConsents } from '../db/consent/consents.ts';
import { NO_BASIS } from '../domain/sending/gate/decision.ts';
import { claimKey, keepAnswer } from '../db/access/idempotency.ts';
import { receiveText } from '../commands/conversation/receive-reply.ts';
import { recordAccepted, submit } from '../db/sending/ledger/attempts.ts';
import { readMessageAndGate } from '../db/sending/ledger/ledger-message.ts';
import { recordDecision } from '../db/sending/ledger/messages.ts';
import { recordStatuses } from '../db/sending/ledger/statuses.ts';
import { saveText } from '../db/sending/lanes/slots.ts';
import { storeEvent } from '../commands/orders/report-event.ts';
import { claimFacts } from '../db/orders/inbox.ts';
import { placeOrder } from '../commands/orders/place-order.ts';
import { settle } from '../db/outbox/outbox.ts';
import { keepMonths } from '../db/privacy/months.ts';
import type { Brand } from '../domain/orders/brand.ts';
import { DAY, HOUR } from '../domain/time/duration.ts';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import type { WordIndex } from '../domain/conversation/inbound.ts';
import { BASE_CHANNEL, kindRule } from '../domain/sending/message.ts';
import type { Order } from '../domain/orders/order.ts';
import type { Copy } from './scale-copies.ts';
import { copiesOf, rarer, OF_THE_TILL } from './scale-copies.ts';

export interface Filling extends Store {
  /** A superuser, because only a superuser can switch off triggers and references for the copies. */
  readonly owner: Db;
  readonly keywords: WordIndex;
  readonly journey: JourneyDefinition;
  readonly brand: Brand;
  readonly orders: number;
  /** Epoch ms; the last order is some hours old. */
  readonly now: number;
}

/** Days over which the orders are spread. */
const DAYS = 300;
/** Share of contacts among the orders. */
const CONTACTS = 0.7;

/** The brands beside the first, which has 7 of 10 orders. The last has five contacts. */
const OTHERS = ['marca-7', 'marca-8', 'marca-9', 'quieta'] as const;

export interface Filled {
  /** The number of contacts, beside the first order's. */
  readonly contacts: number;
  readonly orders: number;
  readonly quiet: string;
}

/** Orders, or contacts, that are copied by one statement: their rows are sorted in memory. Two tables are filled at a time. */
const AT_ONCE = 10_000;

/** Call once, with an empty database. `log` is told what each table took. */
export async function fill(
  { owner, orders, now, ...filling }: Filling,
  log: (line: string) => void = () => {},
): Promise<Filled> {
  const { db, brand } = filling;
  await saveBrand(db, brand, now);
  // As the daily work leaves the tables: each month in its own partition.
  for (let day = DAYS + 31; day >= 0; day -= 28) await keepMonths(db, now - day * DAY);
  await keepMonths(db, now);
  await live({ ...filling, now: now - DAYS * DAY - HOUR });
  await owner.raw('select seal_consents()');
  const contacts = Math.round(orders * CONTACTS);
  const series = (of: Copy['of'], first = 1, last = of === 'contact' ? contacts : orders): string => {
    const number =
      of === 'contact' ? `n % ${contacts}` : `case when n % ${OF_THE_TILL} = 0 then 0 else n % ${contacts} end`;
    return `(select n, ${number} as c, cast('${new Date(now - 2 * HOUR).toISOString()}' as timestamptz)
        - interval '${DAYS} days' * (1 - cast(n as double precision) / ${orders}) as at
      from generate_series(${first}, ${last}) n)`;
  };
  const copies = Object.entries(copiesOf(brand.id, orders));
  await owner.raw('create schema first');
  for (const [table, { rows = 'true' }] of copies)
    await owner.raw(`create unlogged table first.${table} as select * from ${table} where ${rows}`);
  const left = copies.values();
  const filler = async (): Promise<void> => {
    for (const [table, one] of left)
      await unchecked(owner, async (trx) => {
        const begun = performance.now();
        const most = one.of === 'contact' ? contacts : orders;
        const reindex = await withoutIndexes(trx, tablesOf(table, one));
        for (let first = 1; first <= most; first += AT_ONCE)
          await copy(trx, table, one, series(one.of, first, Math.min(first + AT_ONCE - 1, most)));
        const copied = performance.now();
        await reindex();
        const [rows, indexes] = [copied - begun, performance.now() - copied].map((ms) => (ms / 1_000).toFixed(1));
        log(`${table}: rows ${rows} s, indexes ${indexes} s`);
      });
  };
  await Promise.all([filler(), filler()]);
  await owner.raw('drop schema first cascade; analyze');
  await unchecked(owner, async (trx) => {
    for (const [of, statements] of Object.entries(rarer(brand.id)))
      for (const sql of statements) await trx.raw(`with g as materialized ${series(of as Copy['of'])} ${sql}`);
  });
  await restartIdentities(owner);
  for (const [index, id] of OTHERS.entries())
    await saveBrand(db, { ...brand, id, sender: `+3933939900${index + 10}` }, now);
  await owner.raw('vacuum (analyze)');
  return { contacts, orders, quiet: 'quieta' };
}

/**
 * A transaction without triggers and references. No other process uses the database, and the copies are known to be
 * correct.
 */
async function unchecked(owner: Db, run: (trx: Db) => Promise<void>): Promise<void> {
  await owner.transaction(async (trx) => {
    await trx.raw(
      "set local session_replication_role = replica; set local synchronous_commit = off; set local work_mem = '128MB'; set local jit = off",
    );
    await run(trx);
  });
}

/**
 * Writes to a table skip its indexes until the returned function builds them again: one sort of all rows is faster
 * than a search for each. PostgreSQL has no command for that, but the catalogue entry of each index says whether it
 * takes rows.
 */
async function withoutIndexes(trx: Db, tables: readonly string[]): Promise<() => Promise<void>> {
  const { rows } = await trx.raw<{ rows: { name: string }[] }>(
    `select cast(oid as regclass)::text as name from pg_class c where relkind = 'r' and (oid = any(cast(:tables as regclass[]))
       or exists (select from pg_inherits where inhrelid = c.oid and inhparent = any(cast(:tables as regclass[]))))`,
    { tables },
  );
  const names = rows.map(({ name }) => name);
  await trx.raw(
    'update pg_index set indisready = false, indisvalid = false where indrelid = any(cast(? as regclass[]))',
    [names],
  );
  return async () => {
    for (const name of names) await trx.raw(`reindex table ${name}`);
  };
}

/** The tables that rows of a copy stand in. */
function tablesOf(table: string, { month }: Copy): readonly string[] {
  return month === undefined ? [table] : [table, `past_${table}`];
}

/** The first month that statements of a message look at. */
const FIRST_MONTH = "date_trunc('month', now(), 'UTC') - interval '2 months'";

/** Copies each of the first order's rows once for each row of `series`, with some columns replaced. */
async function copy(trx: Db, table: string, one: Copy, series: string): Promise<void> {
  const { columns, where = 'true', month } = one;
  const { rows } = await trx.raw<{ rows: { name: string; numbered: boolean }[] }>(
    `select column_name as name, is_identity = 'YES' as numbered from information_schema.columns
      where table_schema = 'public' and table_name = ? and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  );
  for (const to of tablesOf(table, one)) {
    const own: Readonly<Record<string, string>> =
      month === undefined ? columns : { id: `nextval(pg_get_serial_sequence('${table}', 'id'))`, ...columns };
    const kept = rows.filter(({ name, numbered }) => !numbered || own[name] !== undefined);
    const values = kept.map(({ name }) => own[name] ?? `t."${name}"`);
    const belongs = month === undefined ? 'true' : `${own[month]} ${to === table ? '>=' : '<'} ${FIRST_MONTH}`;
    await trx.raw(
      `insert into ${to} (${kept.map(({ name }) => `"${name}"`).join(', ')}) overriding system value
         select ${values.join(', ')} from first.${table} t cross join ${series} g where ${where} and ${belongs} order by g.n`,
    );
  }
}

/** Moves the sequences behind the numbers that were written by hand, so that these are not given again. */
async function restartIdentities(owner: Db): Promise<void> {
  for (const table of ['consents', 'attempts', 'audit_log'])
    await owner.raw(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`);
}

/**
 * A typical order: placed, shipped and delivered, with a text that was postponed and then sent, and a question about
 * it.
 */
async function live({ keywords, journey, brand, now, ...store }: Omit<Filling, 'owner' | 'orders'>): Promise<void> {
  const { db } = store;
  const phone = '+393337654321';
  const consents = (['promotional', 'service_feedback'] as const).map((name) => {
    return {
      class: name,
      action: 'granted',
      wording: 'Scrivetemi.',
      source: 'checkout',
      at: now,
      evidence: { ip: '192.0.2.7' },
    } as const;
  });
  const order: Order = {
    id: 'first',
    name: '#1000',
    placedAt: now,
    total: { minor: 5_480, currency: 'EUR' },
    fulfilment: 'shipped',
    place: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
    items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, priceMinor: 3_990 }],
    customer: {
      id: 'k',
      firstName: 'Giulia',
      lastName: 'Rossi',
      locale: 'it',
      consents,
      phone: { e164: phone, country: 'IT' },
    },
  };
  const requestHash = Buffer.alloc(32);
  const placed = await placeOrder(store, brand, order, journey, requestHash, now);
  if (placed.kind !== 'placed') throw new Error(placed.kind);
  const { contact } = placed;
  await claimKey(db, brand.id, 'key', requestHash, now);
  await keepAnswer(db, brand.id, 'key', 201, { id: order.id, contact });
  for (const type of ['parcel_shipped', 'parcel_delivered'])
    await storeEvent(store, {
      brand: brand.id,
      order: order.id,
      source: 'api',
      id: type,
      type,
      at: now,
      now,
      requestHash,
      payload: { parcel: 'p1' },
      parcel: { id: 'p1', carrier: 'BRT', trackingNumber: 'T1' },
    } as const);
  const claim = await claimFacts(db, 50);
  await settle(
    db,
    'fact',
    claim,
    claim.rows.map(({ row }) => row),
    now,
  );
  const usefulUntil = now + kindRule('shipped').usefulFor;
  const message = {
    brand: brand.id,
    order: order.id,
    contact,
    step: 'shipped',
    occurrence: 'p1',
    kind: 'shipped',
    channel: BASE_CHANNEL,
    triggeredAt: now,
    dueAt: now,
    usefulUntil,
    inReply: false,
    guards: [],
  } as const;
  const where = { ...NO_BASIS, zones: ['Europe/Rome'], zoneSource: 'address', jurisdictions: ['IT'] };
  await recordDecision(
    db,
    message,
    { kind: 'wait', until: now + HOUR, reason: 'quiet_hours', rule: 'it.hours' },
    where,
    now,
  );
  const { id = '' } = await recordDecision(db, message, { kind: 'send', rule: 'all_clear' }, where, now + HOUR);
  await saveText(db, id, {
    text: 'Bottega Sole: il tuo ordine è in viaggio.',
    locale: 'it',
    encoding: 'gsm7',
    segments: 1,
  });
  const read = await readMessageAndGate(db, id, now + HOUR);
  const clientRef = randomUUID();
  if (
    !read ||
    !(await submit(db, read.message, read.gate, { clientRef, to: phone, from: brand.sender ?? '' }, now + HOUR))
  )
    throw new Error('not submitted');
  await recordAccepted(db, clientRef, 'provider-1', 'answer', now + HOUR);
  for (const receipt of ['submitted', 'delivered'] as const)
    await recordStatuses(
      db,
      [{ clientRef, providerId: 'provider-1', receipt, price: '0.0500 EUR', at: now + HOUR }],
      now + HOUR,
    );
  const text = {
    brand,
    providerId: 'inbound-',
    from: phone,
    channel: BASE_CHANNEL,
    to: brand.sender ?? '',
    text: 'Dove si trova il pacco?',
    at: now,
  };
  await receiveText(store, keywords, text, now + HOUR);
  await receiveText(store, keywords, { ...text, providerId: 'other', from: '+393339999999', text: 'STOP' }, now);
  await db('inbound_messages').where({ provider_id: 'other' }).delete();
  await recordConsents(db, brand.id, contact, [], now);
  const subject = { kind: 'order', id: order.id } as const;
  await recordAudit(
    db,
    { brand: brand.id, actor: 'shop', action: 'correct_order', subject, after: { parts: ['name'] } },
    now,
  );
}
