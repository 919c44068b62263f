/** The rows of the copies: per table, which columns differ from the first order's row, and rows that only some people have. */
/** One of this many orders belongs to a single contact: a till at which the shop types its own number. */
export const OF_THE_TILL = 33;
/** One of this many orders of the till has messages; the messages of its other orders are held back. */
const TEXTED_BY_THE_TILL = 10;
/** The chain numbers of the copies begin here, above those of entries that are added later. */
const CHAINED_FROM = 1_000_000_000;

/**
 * A row is copied for each contact or for each order: `g.n` is its number, `g.c` its contact's, `g.at` its time. `t`:
 * the first order's row.
 */
export interface Copy {
  readonly of: 'contact' | 'order';
  readonly columns: Readonly<Record<string, string>>;
  /** The first order's rows that are copied; all when left out. */
  readonly rows?: string;
  /** Copies that are made; all when left out. */
  readonly where?: string;
  /** The column that decides the month of a row. Rows of past months are in another table. */
  readonly month?: string;
}

const uuid = (head: string, n: string): string => `cast('${head}' || lpad(to_hex(${n}), 28, '0') as uuid)`;
const CONTACT = uuid('c0c0', 'g.c');
const CONVERSATION = uuid('c0c1', 'g.c');
const BRAND = (main: string): string =>
  `case when g.c between 1 and 5 then 'quieta' when g.c % 10 < 7 then '${main}' else 'marca-' || g.c % 10 end`;
const ORDER = `'o' || g.n`;
const ADDRESS = `'+39' || (3300000000 + g.c)`;
const message = (id: string): string => `cast(md5(cast(${id} as text) || g.n) as uuid)`;
const reference = (attempt: string): string => `'copied-reference-' || ${attempt} || '-' || g.n`;
const evidence = (hash: string): string => `sha256(${hash} || cast('e' || g.c as bytea))`;

/** Contact `n` of the copies; number 0 is the till's, numbers 1 to 5 are of the quiet brand. */
export function copiedContact(n: number): string {
  const hex = n.toString(16).padStart(28, '0');
  return `c0c0${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16)}`;
}

export function copiesOf(main: string, orders: number): Readonly<Record<string, Copy>> {
  const brand_id = BRAND(main);
  const ofContact = { brand_id, contact_id: CONTACT };
  const ofOrder = { brand_id, order_id: ORDER };
  const ofBoth = { ...ofContact, order_id: ORDER };
  const texted = `(g.c > 0 or g.n % ${OF_THE_TILL * TEXTED_BY_THE_TILL} = 0)`;
  const received = { occurred_at: 'g.at', received_at: 'g.at' };
  return {
    contacts: { of: 'contact', columns: { brand_id, id: CONTACT, created_at: 'g.at', external_id: `'k' || g.c` } },
    addresses: {
      of: 'contact',
      columns: {
        ...ofContact,
        address: ADDRESS,
        token: `sha256(cast('n' || g.c as bytea))`,
        link_id: `substr(sha256(cast('l' || g.c as bytea)), 1, 8)`,
        created_at: 'g.at',
      },
    },
    consents: {
      of: 'contact',
      columns: {
        ...ofContact,
        id: 't.id + g.n * 8',
        evidence_hash: evidence('t.evidence_hash'),
        occurred_at: 'g.at',
        recorded_at: 'g.at',
      },
    },
    consent_evidence: {
      of: 'contact',
      columns: { ...ofContact, hash: evidence('t.hash'), keep_until: `g.at + interval '2 years'` },
    },
    consent_journal: {
      of: 'contact',
      columns: { ...ofContact, seq: `${CHAINED_FROM} + t.entry + g.n * 8`, entry: 't.entry + g.n * 8' },
    },
    consent_checks: { of: 'contact', columns: { ...ofContact, created_at: 'g.at', started_at: 'g.at' } },
    conversations: {
      of: 'contact',
      columns: { ...ofContact, id: CONVERSATION, opened_at: 'g.at', last_at: 'g.at' },
    },
    orders: {
      of: 'order',
      columns: { ...ofContact, id: ORDER, placed_at: 'g.at', created_at: 'g.at', customer_id: `'k' || g.c` },
    },
    items: { of: 'order', columns: ofOrder },
    parcels: { of: 'order', columns: ofOrder },
    inbox: { of: 'order', columns: { ...ofOrder, ...received, applied_at: 'g.at', next_try_at: 'g.at' } },
    messages: {
      of: 'order',
      where: texted,
      columns: {
        ...ofBoth,
        id: message('t.id'),
        triggered_at: 'g.at',
        due_at: 'g.at',
        useful_until: `g.at + interval '1 day'`,
        created_at: 'g.at',
        submitted_at: 'g.at',
        accepted_at: 'g.at',
        // One of 200 has ended in a state that operators list.
        state: `case when g.n % 200 = 0 then 'undeliverable' else t.state end`,
      },
    },
    attempts: {
      of: 'order',
      where: texted,
      columns: {
        brand_id,
        id: 't.id + g.n * 8',
        message_id: message('t.message_id'),
        client_ref: reference('t.id'),
        provider_id: `'p' || ${reference('t.id')}`,
        address: ADDRESS,
        submitted_at: 'g.at',
        finished_at: 'g.at',
        spend_day: 'cast(g.at as date)',
        // The receipts of the last hours have not arrived yet.
        price: `case when g.n <= ${Math.round(orders * 0.999)} then t.price end`,
      },
    },
    statuses: {
      of: 'order',
      month: 'occurred_at',
      where: texted,
      columns: {
        ...received,
        attempt_id: 't.attempt_id + g.n * 8',
        client_ref: reference('t.attempt_id'),
        provider_id: `'p' || ${reference('t.attempt_id')}`,
      },
    },
    decisions: {
      of: 'order',
      month: 'decided_at',
      columns: {
        ...ofBoth,
        decided_at: `g.at + (t.decided_at - (select min(decided_at) from first.decisions))`,
        wait_until: `case when t.wait_until is not null then g.at + interval '1 hour' end`,
        useful_until: `g.at + interval '1 day'`,
      },
    },
    inbound_messages: {
      of: 'order',
      columns: {
        ...ofOrder,
        ...received,
        id: message('t.id'),
        conversation_id: CONVERSATION,
        provider_id: `t.provider_id || g.n`,
        address: ADDRESS,
      },
    },
    cases: {
      of: 'order',
      columns: {
        ...ofBoth,
        cause: 'cast(g.n as text)',
        opened_at: 'g.at',
        closed_at: 'case when g.n % 1000 > 0 then g.at end',
      },
    },
    audit_chain: {
      of: 'order',
      rows: `entry in (select id from audit_log where action = 'correct_order')`,
      columns: { brand_id, seq: `${CHAINED_FROM} + t.entry + g.n * 32`, entry: 't.entry + g.n * 32' },
    },
    audit_log: {
      of: 'order',
      rows: `action = 'correct_order'`,
      columns: { brand_id, id: 't.id + g.n * 32', subject_id: 'cast(g.n as text)', at: 'g.at' },
    },
    idempotency_keys: {
      of: 'order',
      columns: {
        brand_id,
        key: `'key-' || g.n`,
        body: `jsonb_build_object('id', ${ORDER}, 'contact', ${CONTACT})`,
        created_at: 'g.at',
      },
    },
    suppressions: {
      of: 'order',
      columns: { brand_id, token: `sha256(cast('s' || g.n as bytea))`, occurred_at: 'g.at', recorded_at: 'g.at' },
    },
  };
}

/** Rows that only few orders have. */
export function rarer(main: string): Readonly<Record<string, readonly string[]>> {
  const brand = BRAND(main);
  return {
    contact: [
      `insert into preferences (contact_id, brand_id, most_per_week, updated_at) select ${CONTACT}, ${brand}, 3, g.at from g where g.n % 20 = 0`,
      `insert into erasures (id, brand_id, contact_id, requested_at, requested_by, source, started_at, done_at)
         select ${uuid('e0e0', 'g.c')}, ${brand}, ${CONTACT}, g.at, 'customer', 'page', g.at, g.at from g where g.n % 50 = 7`,
      `insert into planned_erasures (brand_id, contact_id, requested_at, due_at, begun_at)
         select ${brand}, ${CONTACT}, g.at, g.at, g.at from g where g.n % 50 = 7`,
      `insert into erasure_redactions (erasure_id, provider_id, direction, result, next_at, at, listed_at)
         select ${uuid('e0e0', 'g.c')}, 'p' || g.c || '-' || k, 'outbound', 'redacted', g.at, g.at, g.at from g, generate_series(1, 10) k where g.n % 50 = 7`,
      `insert into asked_texts (brand_id, contact_id, address_id, kind, opens, link_epoch, created_at, started_at)
         select ${brand}, ${CONTACT}, a.id, 'access_code', 'download', 0, g.at, g.at from g join addresses a on a.contact_id = ${CONTACT} where g.n % 20 = 1`,
    ],
    order: [
      `insert into redeliveries (message_id, brand_id, cause, not_before, created_at, started_at)
         select m.id, m.brand_id, 'provider', m.created_at, m.created_at, m.created_at from g join messages m
           on m.brand_id = ${brand} and m.order_id = ${ORDER} where g.n % 200 = 0`,
    ],
  };
}
