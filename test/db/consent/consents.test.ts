import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confirmConsent, declineConsent } from '../../../commands/consent/answer-question.ts';
import { restore } from '../../../commands/consent/restore.ts';
import { consentLedger } from '../../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../../db/consent/consents.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import type { ImportLine } from '../../../commands/consent/import-consents.ts';
import { importConsents } from '../../../commands/consent/import-consents.ts';
import { contactOfAddress, contactView } from '../../../db/contacts/contacts.ts';
import { readGate } from '../../../db/sending/gate/gate.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { parsePhone } from '../../../domain/contacts/phone.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, intended, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

async function entriesOf(contact: string): Promise<string[]> {
  const { entries = [] } = (await consentLedger(ledger.db, brand.id, contact)) ?? {};
  return entries.map((entry) => `${entry.class} ${entry.night ? 'by night ' : ''}${entry.action} (${entry.basis})`);
}

async function dayOf(contact: string) {
  return (await consentLedger(ledger.db, brand.id, contact))?.inForce.day;
}

const withdrawal = (about: 'promotional' | 'service_feedback', at: number) =>
  consentTo(about, { action: 'withdrawn', at });

describe('YES to being asked', () => {
  const answer = (order: PlacedOrder, at: number) =>
    ledger.db.transaction((trx) =>
      confirmConsent(trx, { brand: brand.id, contact: order.contact, source: 'inbound:1', at, now: at }),
    );

  it('confirms nothing for a number that the contact got later', async () => {
    const order = await placedOrder(ledger.db);
    await answer(order, NOON + HOUR);
    const isConfirmedAt = async (since: number): Promise<unknown> => {
      await ledger
        .db('addresses')
        .where({ contact_id: order.contact })
        .update({ created_at: new Date(since) });
      const asked = intended(order, { kind: 'bundle_offer', occurrence: '' });
      const consent = (await readGate(ledger.db, asked, NOON + HOUR)).consents.day.promotional;
      return consent?.state === 'granted' && consent.confirmed;
    };
    expect([await isConfirmedAt(NOON + HOUR), await isConfirmedAt(NOON + HOUR + 1)]).toEqual([true, false]);
  });

  it('confirms every consent in words, and once more renews it', async () => {
    const order = await placedOrder(ledger.db);
    expect(await answer(order, NOON)).toBe(2);
    expect(await dayOf(order.contact)).toMatchObject({ promotional: { confirmed: true, renewedAt: NOON } });
    expect(await answer(order, NOON + HOUR)).toBe(2);
    expect((await entriesOf(order.contact)).slice(2).toSorted()).toEqual([
      'promotional confirmed (express)',
      'promotional reconfirmed (express)',
      'service_feedback confirmed (express)',
      'service_feedback reconfirmed (express)',
    ]);
  });

  it('restores no withdrawn consent and creates no new one', async () => {
    const order = await placedOrder(ledger.db, { customer: { consents: [consentTo('promotional')] } });
    await recordConsents(ledger.db, brand.id, order.contact, [withdrawal('promotional', NOON)], NOON);
    expect(await answer(order, NOON + 1)).toBe(0);
    expect(await dayOf(order.contact)).toMatchObject({ promotional: { state: 'withdrawn' } });
  });

  it('makes a consent in words of one that was only inferred', async () => {
    const order = await placedOrder(ledger.db, {
      customer: { consents: [consentTo('promotional', { basis: 'implied' })] },
    });
    expect(await answer(order, NOON)).toBe(1);
    expect(await dayOf(order.contact)).toMatchObject({ promotional: { basis: 'express', confirmed: true } });
  });
});

it('NO to being asked withdraws what the question was about, and no news of orders', async () => {
  const consents = [consentTo('promotional'), consentTo('promotional', { night: true }), consentTo('transactional')];
  const order = await placedOrder(ledger.db, { customer: { consents } });
  const answered = { brand: brand.id, contact: order.contact, source: 'inbound:2', at: NOON, now: NOON };
  expect(await ledger.db.transaction((trx) => declineConsent(trx, answered))).toBe(2);
  expect(await dayOf(order.contact)).toMatchObject({
    promotional: { state: 'withdrawn' },
    transactional: { state: 'granted' },
  });
});

describe('START', () => {
  const stop = (order: PlacedOrder, at: number) =>
    changeSuppression(
      storeOf(ledger.db),
      { brand: brand.id, address: order.phone, state: 'stopped', source: 'test', at },
      at,
    );
  const start = (order: PlacedOrder, at: number) =>
    ledger.db.transaction((trx) =>
      restore(
        storeOf(trx),
        { brand: brand.id, contact: order.contact, address: order.phone, by: { kind: 'text', inbound: '3' }, at },
        at,
      ),
    );

  it('renews what the person had at the STOP, with its source, and nothing else', async () => {
    const order = await placedOrder(ledger.db, { customer: { consents: [consentTo('promotional')] } });
    await stop(order, NOON);
    await start(order, NOON + HOUR);
    expect(await entriesOf(order.contact)).toEqual([
      'promotional granted (express)',
      'promotional reconfirmed (express)',
    ]);
    const { entries } = (await consentLedger(ledger.db, brand.id, order.contact)) ?? {};
    expect(entries?.[1]).toMatchObject({ source: 'inbound:3', actor: 'customer', wording: entries?.[0]?.wording });
  });

  it('gives no consent to a person who never had one', async () => {
    const order = await placedOrder(ledger.db, { customer: { consents: [] } });
    await stop(order, NOON);
    await start(order, NOON + HOUR);
    expect(await entriesOf(order.contact)).toEqual([]);
  });

  it('does not bring back what was withdrawn before the STOP or after it', async () => {
    const order = await placedOrder(ledger.db);
    await recordConsents(ledger.db, brand.id, order.contact, [withdrawal('promotional', NOON - 1)], NOON);
    await stop(order, NOON);
    await recordConsents(ledger.db, brand.id, order.contact, [withdrawal('service_feedback', NOON + 1)], NOON + 1);
    await start(order, NOON + HOUR);
    expect((await entriesOf(order.contact)).filter((entry) => entry.includes('reconfirmed'))).toEqual([]);
  });

  it.each([
    ['without a STOP', undefined],
    ['said before the STOP that arrived first', NOON + 2 * HOUR],
  ])('%s changes nothing', async (_name, stoppedAt) => {
    const order = await placedOrder(ledger.db);
    if (stoppedAt !== undefined) await stop(order, stoppedAt);
    await start(order, NOON + HOUR);
    expect(await entriesOf(order.contact)).toHaveLength(2);
  });
});

describe('an imported consent', () => {
  let number = 0;
  const fresh = (): string => `+39347${3_000_000 + (number += 1)}`;
  const line = (overrides: Partial<Omit<ImportLine, 'phone'>> & { address?: string } = {}): ImportLine => {
    const { address = fresh(), ...rest } = overrides;
    return {
      class: 'promotional',
      action: 'granted',
      basis: 'express_written',
      wording: 'Sì, scrivetemi.',
      source: 'old shop',
      evidence: { url: 'https://sole.example/modulo', note: 'form 12' },
      at: NOON - HOUR,
      ...rest,
      phone: parsePhone(address, 'IT'),
    };
  };
  const importing = { brand: brand.id, actor: 'migration', leeway: 5 * MINUTE };
  const run = (...lines: readonly ImportLine[]) => importConsents(storeOf(ledger.db), importing, lines, NOON);

  it('is recorded with its proof, for a contact without an order where no order has the number', async () => {
    const address = fresh();
    const [result] = await run(line({ address }));
    const contact = await contactOfAddress(ledger.db, brand.id, address);
    expect(result).toEqual({ status: 'recorded', contact });
    expect(await contactView(ledger.db, brand.id, contact ?? '')).toMatchObject({
      addresses: [{ address }],
      orders: [],
    });
    const { entries } = (await consentLedger(ledger.db, brand.id, contact ?? '')) ?? {};
    expect(entries).toMatchObject([{ actor: 'migration', source: 'old shop', evidence: { note: 'form 12' } }]);
  });

  it('is recorded once when it comes twice', async () => {
    const same = line();
    expect((await run(same, same)).map(({ status }) => status)).toEqual(['recorded', 'duplicate']);
    expect((await run(same)).map(({ status }) => status)).toEqual(['duplicate']);
  });

  it('never lifts the STOP of a number, known or unknown', async () => {
    const [known, unknown] = [await placedOrder(ledger.db), fresh()];
    for (const address of [known.phone, unknown])
      await changeSuppression(
        storeOf(ledger.db),
        { brand: brand.id, address, state: 'stopped', source: 'test', at: NOON },
        NOON,
      );
    const refused = { status: 'refused', why: 'suppressed' };
    expect(await run(line({ address: known.phone }), line({ address: unknown }))).toEqual([refused, refused]);
    expect(await findSuppression(storeOf(ledger.db), brand.id, unknown)).toBeDefined();
    expect(await contactOfAddress(ledger.db, brand.id, unknown)).toBeUndefined();
  });

  it('is taken for a withdrawal from a stopped number: it takes nothing away from the STOP', async () => {
    const { phone, contact } = await placedOrder(ledger.db);
    const stop = { brand: brand.id, address: phone, state: 'stopped', source: 'test', at: NOON } as const;
    await changeSuppression(storeOf(ledger.db), stop, NOON);
    const { evidence: _none, ...no } = line({ address: phone, action: 'withdrawn' });
    expect(await run(no)).toEqual([{ status: 'recorded', contact }]);
  });

  it('is answered line by line: one that is refused keeps no other from being recorded', async () => {
    const { evidence: _none, ...withoutProof } = line();
    const results = await run(
      line({ address: '+39 06 6982 1234' }),
      line({ class: 'newsletter' }),
      line({ at: NOON + HOUR }),
      withoutProof,
      line({ evidence: {} }),
      line(),
    );
    expect(results.map((result) => (result.status === 'refused' ? result.why : result.status))).toEqual([
      'not_textable: fixed_line',
      'unknown_class',
      'in_the_future',
      'no_proof',
      'no_proof',
      'recorded',
    ]);
  });
});
