import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consentLedger } from '../../../db/consent/consent-ledger.ts';
import { storeListCheck } from '../../../db/consent/consents.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { importConsents } from '../../../commands/consent/import-consents.ts';
import { contactOfAddress } from '../../../db/contacts/contacts.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { storeInbound } from '../../../db/conversation/conversations.ts';
import { storeUnreadWebhook } from '../../../db/conversation/unread-webhooks.ts';
import { storeEvent } from '../../../commands/orders/report-event.ts';
import { claimFacts } from '../../../db/orders/inbox.ts';
import { closeOrders, stopNumbersOf } from '../../../commands/privacy/erase-person.ts';
import { removeData } from '../../../db/privacy/erase-person.ts';
import { erasureView } from '../../../queries/privacy/erasures.ts';
import { requestErasure } from '../../../commands/privacy/request-erasure.ts';
import { isUnchanged } from '../../../queries/privacy/export.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { addPeriod } from '../../../domain/time/period.ts';
import { findInDatabase, spellings } from '../../helpers/canaries.ts';
import { exportedOf } from '../../helpers/exported.ts';
import { storeOf, tokenOf } from '../../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import {
  NOON,
  brand,
  consentTo,
  openLedger,
  orderOf,
  place,
  placedOrder,
  planned,
  submitted,
} from '../../helpers/ledger.ts';
import { ORDER_TIME } from '../../helpers/orders.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const PROOF_ENDS = addPeriod(NOON, 'P5Y');
const CANARIES = ['Canaryfirst', 'Canarylast', 'Canarytown', 'canary-evidence', 'canary-track', 'canary-place'];

/** A person with everything that can be on record, all of it recognisable. */
async function person(): Promise<PlacedOrder> {
  const { db } = ledger;
  const evidence = { note: 'canary-evidence' };
  const order = await placedOrder(db, {
    name: '#canary-name',
    statusUrl: 'https://canary.example/s',
    place: { country: 'IT', city: 'Canarytown', postcode: '20121' },
    customer: { firstName: 'Canaryfirst', lastName: 'Canarylast', consents: [consentTo('promotional', { evidence })] },
  });
  await storeEvent(storeOf(db), {
    brand: brand.id,
    order: order.order,
    source: 'api',
    id: 'shipped-1',
    type: 'parcel_shipped',
    at: ORDER_TIME,
    payload: { parcel: 'p1' },
    parcel: { id: 'p1', carrier: 'Poste', trackingNumber: 'canary-track', pickupPlace: 'canary-place' },
    requestHash: Buffer.from('hash'),
    now: ORDER_TIME,
  });
  await submitted(db, await planned(db, order));
  const body = Buffer.from(`{"to":"${order.phone.slice(1)}","status":"of no kind"}`);
  await storeUnreadWebhook(db, { kind: 'status', why: 'not_a_status', body }, NOON);
  return order;
}

async function erased(order: PlacedOrder, proofUntil = PROOF_ENDS, now = NOON) {
  const { db } = ledger;
  await closeOrders(db, order, now);
  return db.transaction((trx) => removeData(trx, order, proofUntil, now));
}

describe('erasing a person', () => {
  it('leaves nothing of the person in any table, in any spelling', async () => {
    const order = await person();
    const canaries = [...CANARIES, '#canary-name', 'canary.example', ...spellings(order.phone)];
    expect(await findInDatabase(ledger.db, canaries)).not.toEqual([]);
    expect(await erased(order)).toMatchObject({
      kind: 'removed',
      counts: { addresses: 1, message_texts: 1, parcels: 1 },
    });
    expect(await findInDatabase(ledger.db, canaries)).toEqual([]);
  });

  it('keeps the proof: a ledger of consents that verifies, decisions and states', async () => {
    const order = await person();
    await erased(order);
    const kept = await consentLedger(ledger.db, order.brand, order.contact);
    expect(kept?.chain).toEqual({ kind: 'intact', entries: 1 });
    expect(kept?.entries[0]).not.toHaveProperty('evidence');
    const exported = await exportedOf(ledger.db, order.brand, order.contact, NOON);
    expect(exported).toMatchObject({
      profile: {
        firstName: null,
        erasedAt: new Date(NOON).toISOString(),
        proofUntil: new Date(PROOF_ENDS).toISOString(),
      },
      addresses: [],
      messages: [{ kind: 'shipped', state: 'given_up', text: null }],
      decisions: [{ kind: 'shipped', outcome: 'send' }],
    });
  });

  it('takes what the person wrote from another number, and leaves what another person wrote', async () => {
    const order = await person();
    const other = await person();
    const texts = [
      { providerId: 'own-number', address: order.phone, writer: order },
      { providerId: 'another-number', address: '+393330000077', writer: order },
      { providerId: 'another-person', address: other.phone, writer: other },
    ];
    for (const { writer, ...text } of texts)
      await ledger.db.transaction((trx) =>
        storeInbound(
          trx,
          { brand: brand.id, channel: 'sms', text: 'Ciao', meaning: { kind: 'question' }, at: NOON, writer, ...text },
          NOON,
        ),
      );
    await erased(order);
    const left = await ledger
      .db('inbound_messages')
      .whereIn(
        'provider_id',
        texts.map(({ providerId }) => providerId),
      )
      .orderBy('address')
      .select('text', 'address');
    expect(left).toEqual([
      { text: '', address: '' },
      { text: '', address: '' },
      { text: 'Ciao', address: other.phone },
    ]);
  });

  it('closes the cases of the person', async () => {
    const order = await person();
    const about = {
      brand: order.brand,
      contact: order.contact,
      order: order.order,
      kind: 'question',
      cause: 'test',
    } as const;
    await openCase(ledger.db, { ...about, at: NOON, byWorkflow: false });
    await erased(order);
    expect(await ledger.db('cases').where({ contact_id: order.contact }).whereNull('closed_at')).toEqual([]);
  });

  it('an export has what is erased with a person: texts from before the contact was known and answers of lists included', async () => {
    const { db } = ledger;
    const phone = '+393339990001';
    const wrote = {
      brand: brand.id,
      channel: 'sms',
      providerId: 'before',
      text: 'Siete aperti?',
      meaning: { kind: 'question' },
    } as const;
    await db.transaction((trx) => storeInbound(trx, { ...wrote, address: phone, at: NOON }, NOON));
    const order = await placedOrder(db, { customer: { phone: { e164: phone, country: 'IT' } } });
    const check = { brand: brand.id, contact: order.contact, list: 'sg_dnc', listed: true, at: NOON };
    await storeListCheck(db, check, NOON);
    expect(await exportedOf(db, order.brand, order.contact, NOON)).toMatchObject({
      inbound: [{ text: 'Siete aperti?' }],
      listChecks: [{ list: 'sg_dnc', listed: true, at: new Date(NOON).toISOString() }],
    });
  });

  it('done twice changes nothing more', async () => {
    const order = await person();
    await erased(order);
    const again = await erased(order, NOON + 9 * DAY, NOON + DAY);
    expect(Object.values(again.kind === 'removed' ? again.counts : {}).every((count) => count === 0)).toBe(true);
    const exported = await exportedOf(ledger.db, order.brand, order.contact, NOON);
    expect(exported?.profile).toMatchObject({ proofUntil: new Date(PROOF_ENDS).toISOString() });
  });

  it('stops the number with the request itself, and for the customer who orders with it later', async () => {
    const order = await person();
    const { db } = ledger;
    const request = { ...order, actor: 'test', source: 'api' } as const;
    const id = await requestErasure(storeOf(db), request, NOON);
    expect(await findSuppression(storeOf(db), order.brand, order.phone)).toMatchObject({ stoppedAt: NOON });
    expect(await requestErasure(storeOf(db), request, NOON + DAY)).toBe(id);
    expect(await erasureView(db, order.brand, id ?? '')).toMatchObject({ state: 'requested', steps: [] });
    await erased(order);
    const back = await placedOrder(db, { customer: { phone: { e164: order.phone, country: 'IT' } } });
    expect(back.contact).not.toBe(order.contact);
    expect(await findSuppression(storeOf(db), order.brand, order.phone)).toMatchObject({ stoppedAt: NOON });
  });

  it('keeps an import from bringing the number back', async () => {
    const order = await person();
    const { db } = ledger;
    await requestErasure(storeOf(db), { ...order, actor: 'test', source: 'api' }, NOON);
    await erased(order);
    const phone = { kind: 'ok', e164: order.phone, country: 'IT' } as const;
    const line = { ...consentTo('promotional', { at: NOON, evidence: { url: 'https://x.example' } }), phone };
    const importing = { brand: brand.id, actor: 'test', leeway: 0 };
    expect(await importConsents(storeOf(db), importing, [line], NOON + DAY)).toEqual([
      { status: 'refused', why: 'suppressed' },
    ]);
    expect(await contactOfAddress(db, brand.id, order.phone)).toBeUndefined();
  });

  it('stops a number once, however often its step is tried', async () => {
    const order = await person();
    const { db } = ledger;
    const stops = async () => db('suppressions').where({ token: tokenOf(order.brand, order.phone) });
    expect(await db.transaction((trx) => stopNumbersOf(storeOf(trx), { ...order, actor: 'test' }, NOON))).toBe(1);
    expect(await db.transaction((trx) => stopNumbersOf(storeOf(trx), { ...order, actor: 'test' }, NOON + DAY))).toBe(1);
    expect(await stops()).toHaveLength(1);
  });

  it('waits for an order that came with the number meanwhile', async () => {
    const order = await person();
    const { db } = ledger;
    await closeOrders(db, order, NOON);
    const late = orderOf({ customer: { phone: { e164: order.phone, country: 'IT' } } });
    expect(await place(db, late)).toMatchObject({ kind: 'placed', contact: order.contact });
    const tried = await db.transaction((trx) => removeData(trx, order, NOON + DAY, NOON));
    expect(tried).toEqual({ kind: 'order_came' });
    expect(await closeOrders(db, order, NOON)).toContain(late.id);
    expect((await db.transaction((trx) => removeData(trx, order, NOON + DAY, NOON))).kind).toBe('removed');
  });

  it('takes the order’s facts from the drainer, and the order takes no more', async () => {
    const order = await person();
    const { db } = ledger;
    await closeOrders(db, order, NOON);
    const { rows } = await claimFacts(db, 1000);
    expect(rows.filter(({ item }) => item.order === order.order)).toEqual([]);
    const late = { source: 'api', id: 'late', type: 'order_updated', at: NOON, payload: {}, now: NOON } as const;
    const event = { ...late, brand: order.brand, order: order.order, requestHash: Buffer.alloc(0) };
    expect(await storeEvent(storeOf(db), event)).toBe('erased');
    expect(await place(db, orderOf({ id: order.order }))).toEqual({ kind: 'erased' });
  });

  it('of a stranger’s contact is not taken in', async () => {
    const order = await person();
    const request = { brand: 'altrove', contact: order.contact, actor: 'test', source: 'api' } as const;
    expect(await requestErasure(storeOf(ledger.db), request, NOON)).toBeUndefined();
  });
});

describe('an export', () => {
  it('has everything, and tells when it was changed', async () => {
    const order = await person();
    const exported = await exportedOf(ledger.db, order.brand, order.contact, NOON);
    if (!exported) throw new Error('no export');
    expect(exported).toMatchObject({
      profile: { firstName: 'Canaryfirst', city: 'Canarytown', erasedAt: null },
      addresses: [{ address: order.phone }],
      consents: { chain: 'intact', entries: [{ class: 'promotional', evidence: { note: 'canary-evidence' } }] },
      orders: [{ id: order.order, items: [{ title: 'Moka 3 tazze' }], parcels: [{ trackingNumber: 'canary-track' }] }],
      messages: [{ kind: 'shipped', template: 'shipped.it', state: 'submitted' }],
      decisions: [{ rule: 'all_clear' }],
    });
    const sent = JSON.parse(JSON.stringify(exported)) as typeof exported;
    expect(isUnchanged(sent)).toBe(true);
    expect(isUnchanged({ ...sent, addresses: [] })).toBe(false);
    expect(isUnchanged({ ...sent, manifest: { ...sent.manifest, generatedAt: new Date(0).toISOString() } })).toBe(
      false,
    );
  });

  it('of an unknown contact, or of another brand’s, does not exist', async () => {
    const order = await person();
    expect(await exportedOf(ledger.db, 'altrove', order.contact, NOON)).toBeUndefined();
  });
});
