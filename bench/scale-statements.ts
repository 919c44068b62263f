/** The functions of the product that read the database, and the number of rows that each may read. */
import { createHash, randomUUID } from 'node:crypto';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Store } from '../db/addresses/store.ts';
import { ownerOfKey } from '../db/access/api-keys.ts';
import { createApiKey } from '../commands/access/api-keys.ts';
import { listAudit } from '../db/access/audit.ts';
import { recordAudit } from '../db/access/record-audit.ts';
import { consentLedger } from '../db/consent/consent-ledger.ts';
import { claimConsentChecks, readConsentPrompt } from '../db/consent/consent-prompt.ts';
import { recordConsents } from '../db/consent/consents.ts';
import { findSuppression } from '../db/consent/suppressions.ts';
import { changeSuppression } from '../db/consent/change-suppression.ts';
import { askCode, knownCodes, useCode } from '../commands/privacy/ask-code.ts';
import { nextCodeAt } from '../db/contacts/access-codes.ts';
import { claimAskedTexts } from '../db/contacts/asked-texts.ts';
import { contactOfAddress, contactView } from '../db/contacts/contacts.ts';
import { isQuiet } from '../db/contacts/identity.ts';
import { inNumberTransaction } from '../commands/consent/change-person.ts';
import { readPerson } from '../db/consent/person.ts';
import { savePreferences } from '../db/consent/save-preferences.ts';
import { contactsOfShopCustomer } from '../db/contacts/shop-customers.ts';
import { countDeadLetters, listDeadLetters } from '../db/outbox/dead-letters.ts';
import { exportHeads } from '../queries/access/evidence.ts';
import { NO_BASIS } from '../domain/sending/gate/decision.ts';
import { decisionsOfContact } from '../queries/sending/decisions.ts';
import { readGate } from '../db/sending/gate/gate.ts';
import { claimKey, keepAnswer, releaseKey } from '../db/access/idempotency.ts';
import { closeCase } from '../commands/conversation/close-case.ts';
import { listCases } from '../queries/conversation/cases.ts';
import { claimReplies } from '../db/conversation/conversations.ts';
import { receiveStatus, receiveText } from '../commands/conversation/receive-reply.ts';
import { comingMessages, readLaneStates } from '../queries/sending/forecast.ts';
import { storeLaneFailure } from '../db/sending/lanes/lanes.ts';
import { saveText } from '../db/sending/lanes/slots.ts';
import {
  giveUp,
  openAttempts,
  recordAccepted,
  recordNotSent,
  recordRefused,
  recordUnknown,
  submit,
} from '../db/sending/ledger/attempts.ts';
import { readMessageAndGate, batchedReads } from '../db/sending/ledger/ledger-message.ts';
import { readMessageContext } from '../db/sending/ledger/message-context.ts';
import { listMessages, messageDetails } from '../queries/sending/messages.ts';
import { recordDecision, skipMessage } from '../db/sending/ledger/messages.ts';
import { claimRedeliveries } from '../db/sending/ledger/redeliveries.ts';
import { redrive } from '../commands/sending/repair-message.ts';
import { recordStatuses } from '../db/sending/ledger/statuses.ts';
import { listBlocks } from '../queries/sending/blocks.ts';
import { storeEvent } from '../commands/orders/report-event.ts';
import { explainMessage } from '../queries/orders/explain.ts';
import { claimFacts, factsOf, hasPending } from '../db/orders/inbox.ts';
import { findOrder, listOrders } from '../queries/orders/order-heads.ts';
import { placeOrder } from '../commands/orders/place-order.ts';
import { orderView } from '../queries/orders/timeline.ts';
import { refuseRows, settle, giveBack } from '../db/outbox/outbox.ts';
import { closeOrders } from '../commands/privacy/erase-person.ts';
import { removeData, runsOf } from '../db/privacy/erase-person.ts';
import { claimErasures } from '../db/privacy/pending-erasures.ts';
import { requestErasure } from '../commands/privacy/request-erasure.ts';
import { createExports } from '../commands/privacy/export-contact.ts';
import { carryOutPlannedErasures } from '../commands/privacy/begin-planned-erasures.ts';
import { dueRedactions, erasuresWithLateRedactions, listRedactions } from '../db/privacy/redactions.ts';
import { sweep } from '../db/privacy/retention.ts';
import { alarmsOf, limitCases, raiseConversionAlarms, raiseSpendAlarms } from '../db/sending/spend/alarms.ts';
import { spendToday } from '../db/sending/spend/costs.ts';
import type { Brand } from '../domain/orders/brand.ts';
import { DAY, HOUR, MINUTE } from '../domain/time/duration.ts';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import { BASE_CHANNEL, kindRule } from '../domain/sending/message.ts';
import type { Order } from '../domain/orders/order.ts';
import type { Rules } from '../rules/load.ts';
import type { Filled } from './scale-fill.ts';
import { copiedContact } from './scale-copies.ts';

export interface World extends Store {
  readonly rules: Rules;
  readonly journey: JourneyDefinition;
  readonly brand: Brand;
  readonly filled: Filled;
  /** Epoch ms. */
  readonly now: number;
}

/** A function of the product, and the most rows that all its statements together may read. */
export interface Hot {
  readonly name: string;
  readonly most: number;
  readonly run: () => Promise<unknown>;
}

/** An order of the copies whose contact has one or two orders and is not erased. */
interface Copied {
  readonly order: string;
  readonly contact: string;
  readonly phone: string;
  readonly link: Buffer;
}

/** Rows of one person and order, with all that belongs to them. */
const A_FEW = 100;
/** A page of fifty with what belongs to each. */
const A_PAGE = 600;

export async function hotStatements(world: World): Promise<readonly Hot[]> {
  const { db, tokenOf, rules, journey, brand, filled, now } = world;
  const store = { db, tokenOf };
  const quiet: Brand = { ...brand, id: filled.quiet };
  const requestHash = Buffer.alloc(32, 7);
  const key = await createApiKey(db, { brand: brand.id, label: 'bench', scopes: [] }, now);
  const metrics = createMetrics(db, rules.packs, { now: async () => now }, { evidence: true });
  let count = 0;
  const fresh = (): number => (count += 1);

  /** Ids of the first brand's orders, one after another, from the middle of its time. */
  let last = Math.round(filled.orders / 2);
  const next = (): Copied => {
    do last += 1;
    while (
      last % 33 === 0 ||
      (last % filled.contacts) % 10 >= 7 ||
      last % 50 === 7 ||
      (last % filled.contacts) % 50 === 7
    );
    return copied(last);
  };
  const copied = (n: number): Copied => {
    const c = n % 33 === 0 ? 0 : n % filled.contacts;
    const link = createHash('sha256').update(`l${c}`).digest().subarray(0, 8);
    return { order: `o${n}`, contact: copiedContact(c), phone: `+39${3_300_000_000 + c}`, link };
  };
  const till = copied(0);

  const orderOf = (phone: string, customer: string): Order => ({
    id: `new-${fresh()}`,
    name: '#1',
    placedAt: now,
    total: { minor: 5_480, currency: 'EUR' },
    fulfilment: 'shipped',
    place: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
    items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, priceMinor: 3_990 }],
    customer: {
      id: customer,
      firstName: 'Giulia',
      lastName: 'Rossi',
      locale: 'it',
      consents: [],
      phone: { e164: phone, country: 'IT' },
    },
  });
  const place = (order: Order) => placeOrder(store, brand, order, journey, requestHash, now);
  const event = (order: string, type: string, payload: object, more: object = {}) =>
    storeEvent(store, {
      brand: brand.id,
      order,
      source: 'api',
      id: `e${fresh()}`,
      type,
      at: now,
      now,
      requestHash,
      payload,
      ...more,
    });

  const intended = (
    { order, contact }: Pick<Copied, 'order' | 'contact'>,
    kind: 'shipped' | 'bundle_offer' = 'shipped',
  ) => {
    const about = {
      brand: brand.id,
      order,
      contact,
      step: kind,
      occurrence: `n${fresh()}`,
      kind,
      channel: BASE_CHANNEL,
    } as const;
    const useful = { triggeredAt: now, dueAt: now, usefulUntil: now + kindRule(kind).usefulFor };
    return { ...about, ...useful, inReply: false, guards: [] } as const;
  };
  const where = { ...NO_BASIS, zones: ['Europe/Rome'], zoneSource: 'address' };
  const planned = async (about = next()): Promise<string> => {
    const { id } = await recordDecision(db, intended(about), { kind: 'send', rule: 'all_clear' }, where, now);
    if (id === undefined) throw new Error('not planned');
    await saveText(db, id, { text: 'Bottega Sole: ordine in viaggio.', locale: 'it', encoding: 'gsm7', segments: 1 });
    return id;
  };
  const submitted = async (message: string, at = now): Promise<string> => {
    const read = await readMessageAndGate(db, message, at, ['planned', 'unknown']);
    const clientRef = randomUUID();
    const call = { clientRef, to: read?.gate.address?.e164 ?? '', from: read?.gate.sender ?? '' };
    if (!read || !(await submit(db, read.message, read.gate, call, at, { rule: 'all_clear', where })))
      throw new Error('not submitted');
    return clientRef;
  };
  const text = (from: string, words: string) =>
    receiveText(
      store,
      rules.keywords,
      { brand, channel: BASE_CHANNEL, providerId: `in-${fresh()}`, from, to: brand.sender ?? '', text: words, at: now },
      now,
    );
  const rowsOf = (claim: { readonly rows: readonly { readonly row: number | string }[] }) =>
    claim.rows.map(({ row }) => row);
  const erased = async (about: Copied) => {
    const id = await requestErasure(
      store,
      { brand: brand.id, contact: about.contact, actor: 'bench', source: 'api' },
      now,
    );
    return id ?? '';
  };
  const personOf = async ({ link }: Copied) => {
    const person = await readPerson(db, link);
    if (!person) throw new Error('no person');
    return { person, owner: { id: link, epoch: person.epoch } };
  };
  const deep = copied(last);

  return [
    // Orders and events.
    { name: 'API key', most: 5, run: () => ownerOfKey(db, key, now) },
    {
      name: 'idempotency key',
      most: 20,
      run: async () => {
        const idempotencyKey = `new-${fresh()}`;
        await claimKey(db, brand.id, idempotencyKey, requestHash, now);
        await keepAnswer(db, brand.id, idempotencyKey, 201, { id: 'x' });
        await claimKey(db, brand.id, idempotencyKey, requestHash, now);
        await releaseKey(db, brand.id, idempotencyKey);
      },
    },
    {
      name: 'order of a new customer',
      most: A_FEW,
      run: () => place(orderOf(`+39334${1_000_000 + fresh()}`, `new-${count}`)),
    },
    { name: 'order of a known customer', most: A_FEW, run: () => place(orderOf(next().phone, 'k1')) },
    { name: 'order of the till', most: 3 * A_FEW, run: () => place(orderOf(till.phone, 'k0')) },
    {
      name: 'event',
      most: A_FEW,
      run: () => event(next().order, 'parcel_shipped', { parcel: 'p2' }, { parcel: { id: 'p2' } }),
    },
    {
      name: 'tier of the till',
      most: 3 * A_FEW,
      run: () => event(`o${33 * fresh()}`, 'tier_reached', { tier: 'gold' }),
    },
    {
      name: 'correction of an order',
      most: 2 * A_FEW,
      run: () => {
        const correction = { phone: { e164: `+39335${1_000_000 + fresh()}`, country: 'IT' } };
        return event(next().order, 'order_corrected', {}, { corrected: { correction, actor: 'bench' } });
      },
    },
    { name: 'facts of an order', most: A_FEW, run: () => factsOf(db, brand.id, next().order, 2_500) },
    { name: 'pending facts of an order', most: 5, run: () => hasPending(db, brand.id, next().order) },
    // Outboxes.
    {
      name: 'claim and end of facts',
      most: 12_000,
      run: async () => {
        const claim = await claimFacts(db, 500);
        const [first, second, ...others] = claim.rows;
        if (first) await refuseRows(db, 'fact', claim, [{ id: first.row, tries: 0, error: 'X', final: false }], now);
        if (second) await giveBack(db, 'fact', claim, [], [second.row]);
        await settle(
          db,
          'fact',
          claim,
          others.map(({ row }) => row),
          now,
        );
      },
    },
    {
      name: 'claim of replies',
      most: A_PAGE,
      run: async () => {
        await text(next().phone, 'AIUTO');
        const claim = await claimReplies(db, 50);
        await settle(db, 'reply', claim, rowsOf(claim), now);
      },
    },
    { name: 'claim of redeliveries', most: A_PAGE, run: () => claimRedeliveries(db, 50) },
    {
      name: 'claim of consent checks',
      most: A_PAGE,
      run: async () => {
        const claim = await claimConsentChecks(db, 50);
        await settle(db, 'consents', claim, rowsOf(claim), now);
      },
    },
    { name: 'claim of erasures', most: A_PAGE, run: () => claimErasures(db, 50) },
    { name: 'claim of asked texts', most: A_PAGE, run: () => claimAskedTexts(db, 50) },
    {
      name: 'dead letters',
      most: A_PAGE,
      run: async () => {
        await countDeadLetters(db);
        await listDeadLetters(db, brand.id, { limit: 50 });
      },
    },
    // A message.
    { name: 'gate of order news', most: A_FEW, run: () => readGate(db, intended(next()), now) },
    { name: 'gate of a promotion', most: A_FEW, run: () => readGate(db, intended(next(), 'bundle_offer'), now) },
    {
      // Twice the messages of the till: the limits of a number allow it a few thousand a year.
      name: 'gate of a promotion to the till',
      most: 12_000,
      run: () => readGate(db, intended(till, 'bundle_offer'), now),
    },
    {
      name: 'decision to wait',
      most: A_FEW,
      run: () =>
        recordDecision(
          db,
          intended(next()),
          { kind: 'wait', until: now + HOUR, reason: 'quiet_hours', rule: 'it.hours' },
          where,
          now,
        ),
    },
    { name: 'decision to send, and text', most: 2 * A_FEW, run: () => planned() },
    {
      name: 'context of a text',
      most: A_FEW,
      run: async () => readMessageContext(db, await planned(), { zones: [], now }),
    },
    {
      name: 'turns of eight messages at once',
      most: 8 * A_FEW,
      run: async () => {
        const messages = await Promise.all(Array.from({ length: 8 }, () => planned()));
        const read = batchedReads(db);
        await Promise.all(messages.map((message) => read(message, now, ['planned'])));
      },
    },
    { name: 'turn, gate and submission', most: 3 * A_FEW, run: async () => submitted(await planned()) },
    {
      name: 'answer of the provider',
      most: 4 * A_FEW,
      run: async () => {
        const clientRef = await submitted(await planned());
        await recordAccepted(db, clientRef, `new-${clientRef}`, 'answer', now);
      },
    },
    {
      name: 'refusal of the provider',
      most: 4 * A_FEW,
      run: async () => {
        const message = await planned();
        await recordRefused(db, await submitted(message), '1030', undefined, now);
        await storeLaneFailure(db, message, { kind: 'failed' }, now);
        await skipMessage(db, message, 'too_late', 'expired', now);
      },
    },
    {
      name: 'unknown outcome',
      most: 6 * A_FEW,
      run: async () => {
        const message = await planned();
        await submitted(message);
        await recordUnknown(db, message, 'crashed', now);
        await openAttempts(db, message);
        await recordNotSent(db, message, { again: true }, now);
        await submitted(message);
        await recordUnknown(db, message, 'crashed', now);
        await giveUp(db, message, now);
      },
    },
    {
      name: 'receipts, 50 at once',
      most: 3_000,
      run: async () => {
        const reports = [];
        for (let n = 0; n < 50; n += 1) {
          const attempt = `1-${last - 50 + n}`;
          reports.push({
            clientRef: `copied-reference-${attempt}`,
            providerId: `pcopied-reference-${attempt}`,
            receipt: 'read',
            at: now,
          } as const);
        }
        await recordStatuses(db, reports, now + fresh());
      },
    },
    {
      name: 'receipt of an unknown message',
      most: 20,
      run: () => recordStatuses(db, [{ providerId: `nobody-${fresh()}`, receipt: 'delivered', at: now }], now),
    },
    {
      name: 'receipt that counts a failure',
      most: 5 * A_FEW,
      run: async () => {
        const clientRef = await submitted(await planned());
        const status = {
          clientRef,
          providerId: `f-${fresh()}`,
          receipt: 'undeliverable',
          code: '1260',
          at: now,
        } as const;
        await receiveStatus(store, status, { code: '1260', action: 'count_failure' }, now);
      },
    },
    {
      name: 'redrive of a message',
      most: 5 * A_FEW,
      run: async () => {
        const message = await planned();
        await recordRefused(db, await submitted(message), '1030', 'provider_refused', now);
        await redrive(
          db,
          { brand: brand.id, message, actor: 'bench', reason: 'x' },
          { mayDuplicate: true, unclearCodes: [] },
          now,
        );
      },
    },
    // Customers write and choose.
    { name: 'question of a customer', most: 2 * A_FEW, run: () => text(next().phone, 'Dove si trova il pacco?') },
    {
      name: 'STOP and START of a customer',
      most: 4 * A_FEW,
      run: async () => {
        const { phone } = next();
        await text(phone, 'STOP');
        await text(phone, 'START');
      },
    },
    { name: 'text to the till', most: 2 * A_FEW, run: () => text(till.phone, 'Dove si trova il pacco?') },
    { name: 'STOP of an unknown number', most: A_FEW, run: () => text(`+39336${1_000_000 + fresh()}`, 'STOP') },
    {
      name: 'suppression by the shop',
      most: A_FEW,
      run: async () => {
        const { phone } = next();
        await findSuppression(store, brand.id, phone);
        await db.transaction((trx) =>
          changeSuppression(
            { db: trx, tokenOf },
            { brand: brand.id, address: phone, state: 'stopped', source: 'api', at: now, byShop: true },
            now,
          ),
        );
      },
    },
    {
      name: 'consents and the next question',
      most: A_FEW,
      run: async () => {
        const { contact } = next();
        const given = { class: 'promotional', action: 'granted', wording: 'Sì.', source: 'page', at: now } as const;
        await recordConsents(db, brand.id, contact, [given], now);
        await readConsentPrompt(db, rules, { brand: brand.id, contact }, now);
        await consentLedger(db, brand.id, contact);
      },
    },
    {
      name: 'preference page and choices',
      most: 2 * A_FEW,
      run: async () => {
        const { owner } = await personOf(next());
        await inNumberTransaction(db, owner, (trx, person) =>
          savePreferences(trx, person, { topicsOff: ['tips'], channelsOff: [] }, now),
        );
      },
    },
    {
      name: 'access code',
      most: 2 * A_FEW,
      run: async () => {
        const { person, owner } = await personOf(next());
        await inNumberTransaction(db, owner, (trx, one) => askCode(trx, one, 'download', now));
        await nextCodeAt(db, person.address.id, now);
        await inNumberTransaction(db, owner, (trx, one) =>
          useCode(trx, knownCodes([]), one, { opens: 'download', code: '000000' }, now),
        );
      },
    },
    { name: 'quiet number', most: A_FEW, run: () => isQuiet(db, next().contact, now) },
    // Operators and shops look.
    { name: 'orders, first page', most: A_PAGE, run: () => listOrders(db, brand.id, { limit: 50 }) },
    {
      name: 'orders, deep page',
      most: A_PAGE,
      run: () => listOrders(db, brand.id, { after: `o${Math.round(filled.orders / 3)}`, limit: 50 }),
    },
    { name: 'orders of the quiet brand', most: A_PAGE, run: () => listOrders(db, quiet.id, { limit: 50 }) },
    {
      name: 'orders of the till, deep page',
      most: A_PAGE,
      run: () =>
        listOrders(db, brand.id, {
          contact: till.contact,
          after: `o${33 * Math.round(filled.orders / 70)}`,
          limit: 50,
        }),
    },
    { name: 'order', most: A_FEW, run: () => findOrder(db, brand.id, next().order) },
    {
      name: 'timeline of an order',
      most: 2 * A_FEW,
      run: () => orderView(db, brand.id, next().order, now, { limit: 50 }),
    },
    {
      name: 'timeline of an order of the till',
      most: 2 * A_FEW,
      run: () => orderView(db, brand.id, `o${330 * 3}`, now, { limit: 50 }),
    },
    {
      name: 'explanation of a message',
      most: 2 * A_FEW,
      run: () => explainMessage(db, { brand: brand.id, order: next().order, kind: 'shipped' }, journey, rules, now),
    },
    {
      name: 'explanation of a reply to the till',
      most: 2 * A_FEW,
      run: () => explainMessage(db, { brand: brand.id, order: `o${330 * 3}`, kind: 'help' }, journey, rules, now),
    },
    {
      name: 'messages, first page',
      most: A_PAGE,
      run: () => listMessages(db, brand.id, { state: 'undeliverable', limit: 50 }, now),
    },
    {
      name: 'messages, deep page',
      most: A_PAGE,
      run: async () => {
        const row: { id: string } | undefined = await db('messages')
          .where({ brand_id: brand.id, order_id: `o${200 * Math.round(filled.orders / 500)}` })
          .first('id');
        await listMessages(db, brand.id, { state: 'undeliverable', after: row?.id, limit: 50 }, now);
      },
    },
    {
      name: 'unknown messages of the quiet brand',
      most: A_PAGE,
      run: () => listMessages(db, quiet.id, { state: 'unknown', limit: 50 }, now),
    },
    { name: 'message', most: A_FEW, run: async () => messageDetails(db, brand.id, await planned()) },
    { name: 'audit log, first page', most: A_PAGE, run: () => listAudit(db, brand.id, { limit: 50 }) },
    {
      name: 'audit log, deep page',
      most: A_PAGE,
      run: async () => {
        const subject = { subject_kind: 'order', subject_id: String(330 * 3 + 1) };
        const row: { id: number } | undefined = await db('audit_log').where(subject).first('id');
        await listAudit(db, brand.id, { after: String(row?.id ?? ''), limit: 50 });
      },
    },
    { name: 'audit log of the quiet brand', most: A_PAGE, run: () => listAudit(db, quiet.id, { limit: 50 }) },
    { name: 'audit log by actor', most: A_PAGE, run: () => listAudit(db, brand.id, { actor: 'nobody', limit: 50 }) },
    {
      name: 'audit log by action',
      most: A_PAGE,
      run: () => listAudit(db, brand.id, { action: 'release_block', limit: 50 }),
    },
    {
      name: 'audit log by day',
      most: A_PAGE,
      run: () => listAudit(db, brand.id, { from: now - 200 * DAY, to: now - 200 * DAY + MINUTE, limit: 50 }),
    },
    {
      name: 'audit log by subject',
      most: A_PAGE,
      run: () => listAudit(db, brand.id, { subject: { kind: 'order', id: String(last) }, limit: 50 }),
    },
    {
      name: 'audit entry',
      most: 20,
      run: () =>
        db.transaction((trx) =>
          recordAudit(
            trx,
            { brand: brand.id, actor: 'bench', action: 'close_case', subject: { kind: 'case', id: '1' }, reason: 'x' },
            now,
          ),
        ),
    },
    {
      name: 'cases, open and closed',
      most: A_PAGE,
      run: async () => {
        await listCases(db, brand.id, { open: true, limit: 50 });
        await listCases(db, brand.id, { open: false, after: '5000', limit: 50 });
      },
    },
    {
      name: 'end of a case',
      most: A_FEW,
      run: async () => {
        const row: { id: number } | undefined = await db('cases')
          .where({ brand_id: brand.id })
          .whereNull('closed_at')
          .orderBy('id')
          .first('id');
        if (row) await closeCase(db, { brand: brand.id, id: row.id, actor: 'bench', reason: 'x' }, now);
      },
    },
    { name: 'blocks', most: 20, run: () => listBlocks(db, brand.id, { state: 'open', limit: 50 }) },
    { name: 'contact', most: A_FEW, run: () => contactView(db, brand.id, next().contact) },
    { name: 'contact of the till', most: A_PAGE, run: () => contactView(db, brand.id, till.contact) },
    { name: 'contact of a number', most: 5, run: () => contactOfAddress(db, brand.id, next().phone) },
    {
      name: 'decisions of a contact',
      most: A_FEW,
      run: () => decisionsOfContact(db, brand.id, next().contact, { limit: 50 }, rules.packs),
    },
    {
      name: 'decisions of the till by kind',
      most: 2_500,
      run: () => decisionsOfContact(db, brand.id, till.contact, { kind: 'reactivation', limit: 50 }, rules.packs),
    },
    {
      name: 'forecast',
      most: A_PAGE,
      run: async () => {
        await readLaneStates(db, now, brand.id);
        await comingMessages(db, brand.id, now, now + DAY);
      },
    },
    {
      name: 'spending and limits',
      most: A_PAGE,
      run: async () => {
        await spendToday(db, now, brand.id);
        await alarmsOf(db, brand.id, now);
        await limitCases(db, brand.id);
      },
    },
    { name: 'alarms about spending', most: A_PAGE, run: () => raiseSpendAlarms(db, now) },
    { name: 'alarms about new numbers', most: 60_000, run: () => raiseConversionAlarms(db, now) },
    { name: 'metrics', most: 3_000, run: () => metrics.text() },
    { name: 'heads of the chains', most: A_PAGE, run: () => exportHeads(db, [Buffer.alloc(32)], now) },
    // A person's data.
    {
      name: 'contacts of a shop customer',
      most: A_FEW,
      run: () => {
        const { order, phone } = next();
        return contactsOfShopCustomer(db, brand.id, { id: `k${fresh()}`, phone, orders: [order] });
      },
    },
    {
      name: 'contacts of the till as a shop customer',
      most: A_PAGE,
      run: () => contactsOfShopCustomer(db, brand.id, { id: 'nobody', phone: till.phone, orders: [] }),
    },
    {
      name: 'export of a person',
      most: 4 * A_FEW,
      run: async () => {
        const place = createExports(db).reserve();
        const file = await place?.giveOut({ brand: brand.id, contact: next().contact, actor: 'bench', now });
        for await (const part of file ?? []) void part;
      },
    },
    {
      name: 'erasure of a person',
      most: 6 * A_FEW,
      run: async () => {
        const about = next();
        const person = { brand: brand.id, contact: about.contact };
        const erasure = await erased(about);
        await closeOrders(db, person, now);
        await runsOf(db, person, now);
        await listRedactions(db, erasure, now);
        await db.transaction((trx) => removeData(trx, person, now + 700 * DAY, now));
        await dueRedactions(db, erasure, 50, now);
      },
    },
    {
      name: 'held erasures and late redactions',
      most: A_PAGE,
      run: async () => {
        await carryOutPlannedErasures(store, now, () => {});
        await erasuresWithLateRedactions(db, 100, now);
      },
    },
    { name: 'retention with nothing due', most: 12_000, run: () => sweep(db, rules.packs, now - 290 * DAY) },
    { name: 'deep order of a contact', most: A_FEW, run: () => findOrder(db, brand.id, deep.order) },
  ];
}
