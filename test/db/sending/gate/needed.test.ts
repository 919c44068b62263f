import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import { readGate } from '../../../../db/sending/gate/gate.ts';
import { saveLane } from '../../../../db/sending/lanes/lanes.ts';
import { readMessageAndGate } from '../../../../db/sending/ledger/ledger-message.ts';
import type { Brand } from '../../../../domain/orders/brand.ts';
import { DAY, HOUR } from '../../../../domain/time/duration.ts';
import { accountLane } from '../../../../domain/sending/lane.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../../../domain/sending/message.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import {
  NOON,
  brand,
  intended,
  openLedger,
  placedOrder,
  planned,
  shipped,
  submitted,
} from '../../../helpers/ledger.ts';
import { ORDER_TIME } from '../../../helpers/orders.ts';

let ledger: Ledger;
let order: PlacedOrder;
beforeAll(async () => {
  ledger = await openLedger();
  order = await knownPerson();
});
afterAll(() => ledger.close());

const UNASKED = { member: false, reordered: false, asked_recently: false };
const at = (ms: number) => new Date(ms);

/** A person of whom every group of facts has something on record. */
async function knownPerson(): Promise<PlacedOrder> {
  const { db } = ledger;
  const person = await placedOrder(db);
  const { contact } = person;
  for (const kind of ['order_confirmation', 'bundle_offer', 'nps_request', 'check_in', 'help'] as const)
    await submitted(db, await planned(db, person, { kind, occurrence: 'before' }), NOON - HOUR);
  await placedOrder(db, {
    placedAt: ORDER_TIME + HOUR,
    customer: { phone: { e164: person.phone, country: 'IT' }, id: undefined },
  });
  await shipped(db, person);
  await db('cases').insert([
    { brand_id: brand.id, contact_id: contact, kind: 'question', cause: 'a', opened_at: at(NOON - DAY) },
    {
      brand_id: brand.id,
      contact_id: contact,
      kind: 'question',
      cause: 'b',
      opened_at: at(NOON - DAY),
      closed_at: at(NOON - HOUR),
    },
  ]);
  await db('preferences').insert({
    brand_id: brand.id,
    contact_id: contact,
    topics_off: ['offers'],
    channels_off: [],
    most_per_week: 1,
    updated_at: at(NOON),
  });
  await db('list_checks').insert({
    brand_id: brand.id,
    contact_id: contact,
    list: 'it-rpo',
    listed: true,
    checked_at: at(NOON),
    recorded_at: at(NOON),
  });
  return person;
}

describe('the gate of a kind of message', () => {
  it('is the same whether all facts were read or only those that the kind needs', async () => {
    for (const kind of Object.keys(MESSAGE_KINDS).filter(isMessageKind)) {
      const message = await planned(ledger.db, order, { kind, occurrence: 'next' });
      const all = await readMessageAndGate(ledger.db, message, NOON);
      expect(all?.gate.address).toBeDefined();
      // News is taken to have no guards, and this one has none.
      const customer = kindRule(kind).urgent ? UNASKED : all?.gate.customer;
      const needed = await readMessageAndGate(ledger.db, message, NOON, [], kind);
      expect(needed).toEqual({ ...all, gate: { ...all?.gate, customer } });
    }
  });

  it('has all that the message needs where it is none of the kind that it was taken for', async () => {
    const message = await planned(ledger.db, order, { kind: 'bundle_offer', occurrence: 'next' });
    const all = await readMessageAndGate(ledger.db, message, NOON);
    expect(all?.gate.sent).not.toEqual([]);
    expect(await readMessageAndGate(ledger.db, message, NOON, [], 'help')).toEqual(all);
  });

  it('answers the guards of a step that has unusual ones, and the tokens are reserved once', async () => {
    await saveLane(ledger.db, accountLane(2));
    const takenTo = async (): Promise<number> => {
      const lane: { taken_to: Date } | undefined = await ledger
        .db('lanes')
        .where({ kind: 'account' })
        .first('taken_to');
      return lane?.taken_to.getTime() ?? 0;
    };
    const [usual, unusual] = [
      await planned(ledger.db, order, { occurrence: 'usual' }),
      await planned(ledger.db, order, { occurrence: 'unusual', guards: ['reordered'] }),
    ];
    const read = [];
    const stands: number[] = [];
    for (const message of [usual, unusual]) {
      read.push(await readMessageAndGate(ledger.db, message, NOON, ['planned'], 'shipped'));
      stands.push(await takenTo());
    }
    expect(read.map((one) => one?.gate.customer.reordered)).toEqual([false, true]);
    expect(read.map((one) => one?.reservation?.kind)).toEqual(['granted', 'granted']);
    const [first = 0, second = 0] = stands;
    expect(second - first).toBe(500);
  });
});

describe("a change of a brand's file", () => {
  it('counts for the next message, in the same moment too', async () => {
    const another = await placedOrder(ledger.db);
    const message = await planned(ledger.db, another, { occurrence: 'of-the-brand' });
    const gates = async (differs: Partial<Brand>) => {
      await saveBrand(ledger.db, { ...brand, ...differs }, ORDER_TIME);
      const asked = await readGate(ledger.db, intended(another, { occurrence: 'p' }), NOON);
      const sent = await readMessageAndGate(ledger.db, message, NOON, [], 'shipped');
      return [asked, sent?.gate];
    };
    const twice = (part: object) => [expect.objectContaining(part), expect.objectContaining(part)];
    expect(await gates({})).toEqual(twice({ sender: brand.sender, served: expect.arrayContaining(['IT']) }));
    expect(await gates({ countries: ['GB'] })).toEqual(twice({ served: ['GB'] }));
    expect(await gates({ sender: '+393399957099' })).toEqual(twice({ sender: '+393399957099' }));
    const limited = await gates({ spend: { currency: 'EUR', perDay: 1 } });
    expect(limited).toEqual(twice({ spend: expect.objectContaining({ rule: 'spend.day' }) }));
    expect(await gates({ limits: { perNumberPerDay: 1 } })).toEqual(
      twice({ limits: expect.objectContaining({ perDay: 1 }) }),
    );
    for (const gate of await gates({})) expect(gate).not.toHaveProperty('spend');
  });
});
