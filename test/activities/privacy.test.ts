import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSendActivities, createOrderActivities } from '../../activities/index.ts';
import type { ActivityDeps } from '../../activities/index.ts';
import { connect } from '../../db/connection/connect.ts';
import { SETTLE_RULES } from '../../domain/sending/ledger.ts';
import { loadTemplates } from '../../templates/load.ts';
import type { Fault } from '../../vonage/fake/faults.ts';
import { NOON, consentTo, intended, placedOrder, planned } from '../helpers/ledger.ts';
import type { Sending } from './send/sending.ts';
import { rules, runSend, startSending } from './send/sending.ts';
import { tokenOf } from '../helpers/keys.ts';

/** Words that occur nowhere but in this customer's data. */
const CANARY = {
  firstName: 'Canaryfirst',
  lastName: 'Canarylast',
  city: 'Canarytown',
  postcode: '98765',
  wording: 'Canarywording',
  title: 'Canaryproduct',
  statusUrl: 'https://canary.example/s',
} as const;
const PHONE = '+393337654321';

/** Strings that must not appear: every canary, the number with and without its prefix, and the sender's name that every text has. */
const FORBIDDEN = [...Object.values(CANARY), PHONE.slice(1), PHONE.slice(3), 'Bottega Sole'];

let stage: Sending;
let deps: ActivityDeps;
beforeAll(async () => {
  stage = await startSending();
  deps = {
    db: stage.db,
    tokenOf,
    rules,
    sender: stage.sender,
    settling: SETTLE_RULES,
    templates: loadTemplates(),
    clock: { now: () => NOON },
  };
});
afterAll(() => stage.close());

function canariesIn(value: unknown): string[] {
  const told = JSON.stringify(value);
  return FORBIDDEN.filter((word) => told.includes(word));
}

function canaryOrder() {
  const { firstName, lastName, city, postcode, wording, title, statusUrl } = CANARY;
  return placedOrder(stage.db, {
    statusUrl,
    place: { country: 'IT', region: 'MI', city, postcode },
    items: [{ sku: 'MOKA-3', title, quantity: 1, priceMinor: 3990 }],
    customer: {
      firstName,
      lastName,
      phone: { e164: PHONE, country: 'IT' },
      consents: [consentTo('promotional', { wording })],
    },
  });
}

/** Parts of an error that would enter a history: Temporal keeps its message, its stack and its causes. */
async function errorOf(failing: Promise<unknown>): Promise<unknown> {
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('did not fail');
  return { message: error.message, stack: error.stack, cause: error.cause };
}

describe('no number, name or text leaves an activity, so none gets into a history', () => {
  const faults: readonly (Fault | undefined)[] = [
    undefined,
    { kind: 'status', status: 422, code: '1450', times: 1 },
    { kind: 'status', status: 429, times: 1 },
    { kind: 'reset_after_accept', times: 1 },
  ];

  it('in no result, whatever becomes of the message', async () => {
    const order = await canaryOrder();
    const orders = createOrderActivities(deps);
    const told: unknown[] = [];
    for (const [index, fault] of faults.entries()) {
      const question = { ...intended(order, { occurrence: `parcel-${index}` }), asOf: NOON };
      const checked = await orders.checkConsent(question);
      if (checked.kind !== 'send') throw new Error(checked.kind);
      const { message, zones } = checked;
      told.push(checked, await orders.renderMessage({ message, kind: 'shipped', zones, asOf: NOON }));
      if (fault) stage.fake.setFault(fault);
      told.push(await runSend(deps, message));
    }
    const { brand, order: id, contact } = order;
    told.push(await orders.openCase({ brand, order: id, contact, kind: 'low_rating', cause: 'test', asOf: NOON }));
    told.push(await orders.checkConsent({ ...intended(order, { usefulUntil: NOON - 1 }), asOf: NOON }));
    for (const message of await stage.db('messages').where({ order_id: id }).pluck<string[]>('id'))
      told.push(await orders.askStillWanted({ message, asOf: NOON }));
    told.push(await orders.nextConsentStep({ brand, contact, asOf: NOON }));
    const question = await planned(stage.db, order, { kind: 'consent_request', order: null });
    const asked = { brand, contact, question: 'consent_request', message: question, asOf: NOON } as const;
    told.push(await orders.recordConsentAsked(asked));
    expect(stage.fake.messages().some(({ text }) => text.includes('Bottega Sole'))).toBe(true);
    expect(canariesIn(told)).toEqual([]);
  });

  it('in no error, when the database refuses the very statements that carry them', async () => {
    const order = await canaryOrder();
    const orders = createOrderActivities(deps);
    const question = { ...intended(order, { occurrence: 'broken' }), asOf: NOON };
    const checked = await orders.checkConsent(question);
    if (checked.kind !== 'send') throw new Error(checked.kind);
    const { message, zones } = checked;
    await stage.owner.raw(`
      create function refuse_all() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
      create trigger refuse_all before update on messages for each row execute function refuse_all();
    `);
    const errors = [
      await errorOf(orders.renderMessage({ message, kind: 'shipped', zones, asOf: NOON })),
      await errorOf(runSend(deps, message)),
      await errorOf(
        placedOrder(stage.db, { id: `order-${CANARY.city}`.repeat(9), customer: { firstName: CANARY.firstName } }),
      ),
    ];
    await stage.owner.raw('drop trigger refuse_all on messages');
    expect(JSON.stringify(errors)).toContain('refused');
    expect(canariesIn(errors)).toEqual([]);
  });

  it('in no error, when the database is away', async () => {
    const order = await canaryOrder();
    const away = connect('postgres://dopo:secret@127.0.0.1:1/dopo');
    const question = { ...intended(order), asOf: NOON };
    const error = await errorOf(createOrderActivities({ ...deps, db: away }).checkConsent(question));
    await away.destroy();
    expect(canariesIn(error)).toEqual([]);
  });

  it('the send queue has the one activity that is checked here', () => {
    expect(Object.keys(createSendActivities(deps))).toEqual(['sendMessage']);
    expect(Object.keys(createOrderActivities(deps)).toSorted()).toEqual([
      'askStillWanted',
      'checkConsent',
      // Those of an erasure and of the retention answer with ids and counts: test/workflows/canary.test.ts looks at their histories.
      'closeOrders',
      'endRuns',
      'finishErasure',
      'nextConsentStep',
      'openCase',
      'ordersEnded',
      'recordConsentAsked',
      'recordEvent',
      'redactLate',
      'redactMessages',
      'removePersonalData',
      'renderMessage',
      'suppressPerson',
      'sweepExpired',
    ]);
  });
});
