import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../../db/connection/connect.ts';
import { retryDeadlock } from '../../../../db/connection/unavailable.ts';
import { recordAccepted, recordNotSent, recordRefused, recordUnknown } from '../../../../db/sending/ledger/attempts.ts';
import type { StatusReport, StatusResult } from '../../../../db/sending/ledger/statuses.ts';
import { recordStatuses } from '../../../../db/sending/ledger/statuses.ts';
import type { Receipt } from '../../../../domain/sending/ledger.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import {
  NOON,
  attemptsOf,
  brand,
  openLedger,
  placedOrder,
  planned,
  ledgerRowOf,
  submitted,
  untilWaiting,
} from '../../../helpers/ledger.ts';

const HOUR = 60 * 60_000;

let ledger: Ledger;
let order: PlacedOrder;
let count = 0;
beforeAll(async () => {
  ledger = await openLedger();
  order = await placedOrder(ledger.db);
});
afterAll(() => ledger.close());

interface Attempt {
  readonly message: string;
  readonly clientRef: string;
  readonly providerId: string;
}

async function newMessage(): Promise<string> {
  count += 1;
  return planned(ledger.db, order, { occurrence: `parcel-${count}` });
}

/** Submits a message, once more if it was before. Its outcome is not known yet. */
async function inFlight(message: string): Promise<Attempt> {
  return { message, clientRef: await submitted(ledger.db, message, NOON), providerId: randomUUID() };
}

async function accepted(): Promise<Attempt> {
  const attempt = await inFlight(await newMessage());
  await recordAccepted(ledger.db, attempt.clientRef, attempt.providerId, 'answer', NOON);
  return attempt;
}

async function unknown(message: string): Promise<Attempt> {
  const attempt = await inFlight(message);
  await recordUnknown(ledger.db, message, 'timeout', NOON);
  return attempt;
}

async function refused(message: string): Promise<Attempt> {
  const attempt = await inFlight(message);
  await recordRefused(ledger.db, attempt.clientRef, '429', undefined, NOON);
  return attempt;
}

/** A message that the provider rejected and that is to be sent again, as a redelivery leaves it. */
async function plannedAgain(message: string): Promise<void> {
  await ledger.db('messages').where({ id: message }).update({ state: 'planned', reason: null, submitted_at: null });
}

function status({ clientRef, providerId }: Attempt, receipt: Receipt, more: Partial<StatusReport> = {}): StatusReport {
  return { clientRef, providerId, receipt, sender: brand.sender, at: NOON + 1000, ...more };
}

const record = (...reports: StatusReport[]) => recordStatuses(ledger.db, reports, NOON + HOUR);
const kinds = (results: readonly StatusResult[]) => results.map(({ kind }) => kind);
const stateOf = async ({ message }: Attempt) => (await ledgerRowOf(ledger.db, message)).state;
const storedOf = ({ providerId }: Attempt) =>
  ledger.db('statuses').where({ provider_id: providerId }).orderBy('id').select('status', 'attempt_id', 'sender');

describe('statuses of one batch', () => {
  it('each get their own result, in the order given', async () => {
    const [one, two] = [await accepted(), await accepted()];
    const stray = { message: '', clientRef: randomUUID(), providerId: randomUUID() };
    const results = await record(
      status(two, 'submitted'),
      status(stray, 'delivered'),
      status(one, 'delivered'),
      status(two, 'submitted'),
    );
    const owner = { brand: order.brand, contact: order.contact, told: false };
    expect(results).toEqual([
      { kind: 'stored', ...owner },
      { kind: 'orphan' },
      { kind: 'stored', ...owner },
      { kind: 'duplicate' },
    ]);
    expect([await stateOf(one), await stateOf(two)]).toEqual(['delivered', 'accepted']);
  });

  it('about one message move it once, to where the furthest says', async () => {
    const one = await accepted();
    await record(status(one, 'read'), status(one, 'submitted'), status(one, 'rejected', { code: '1330' }));
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'read', reason: null });
    expect(await storedOf(one)).toHaveLength(3);
  });

  it('that came before change nothing', async () => {
    const one = await accepted();
    await record(status(one, 'rejected'), status(one, 'delivered'));
    await plannedAgain(one.message);
    expect(kinds(await record(status(one, 'delivered'), status(one, 'rejected')))).toEqual(['duplicate', 'duplicate']);
    expect(await stateOf(one)).toBe('planned');
  });

  it('of none is nothing', async () => {
    expect(await record()).toEqual([]);
  });

  it('mixed of an orphan, an adopted one, repeated ones and a new one, each take the effect they have alone', async () => {
    const [late, known] = [await inFlight(await newMessage()), await accepted()];
    const { clientRef: _, ...nameless } = status(late, 'delivered');
    await record(nameless, status(known, 'submitted'));
    const stray = { message: '', clientRef: randomUUID(), providerId: randomUUID() };
    const results = await record(
      status(known, 'submitted'),
      status(stray, 'read'),
      status(late, 'submitted'),
      status(known, 'delivered'),
      nameless,
      status(known, 'delivered'),
      status(stray, 'read'),
    );
    expect(kinds(results)).toEqual(['duplicate', 'orphan', 'stored', 'stored', 'stored', 'duplicate', 'orphan']);
    expect([await stateOf(late), await stateOf(known)]).toEqual(['delivered', 'delivered']);
    expect(await storedOf(late)).toMatchObject([{ status: 'delivered' }, { status: 'submitted' }]);
    expect((await storedOf(late)).filter(({ attempt_id }) => attempt_id === null)).toEqual([]);
  });

  it('of which one names its message and a copy does not, count for it', async () => {
    const one = await inFlight(await newMessage());
    const { clientRef: _, ...nameless } = status(one, 'delivered');
    expect(kinds(await record(nameless, status(one, 'delivered')))).toEqual(['stored', 'duplicate']);
    expect(await stateOf(one)).toBe('delivered');
  });
});

describe('the price of a message', () => {
  const spent = async () => {
    const { rows } = await ledger.db.raw<{ rows: { texts: number; amount: number }[] }>(
      'select coalesce(sum(messages), 0)::int as texts, coalesce(sum(amount), 0)::float as amount from spend',
    );
    return rows[0] ?? { texts: 0, amount: 0 };
  };
  async function addedBy(run: () => Promise<unknown>) {
    const before = await spent();
    await run();
    const after = await spent();
    return { texts: after.texts - before.texts, amount: Math.round((after.amount - before.amount) * 1e4) / 1e4 };
  }

  it('is the highest that its statuses name, in one batch or in two', async () => {
    const [one, other] = [await accepted(), await accepted()];
    const first = await addedBy(() =>
      record(
        status(one, 'submitted', { price: '0.0300 EUR' }),
        status(one, 'delivered', { price: '0.0500 EUR' }),
        status(other, 'delivered', { price: '0.0400 EUR' }),
      ),
    );
    expect(first).toEqual({ texts: 2, amount: 0.09 });
    const second = await addedBy(() =>
      record(status(one, 'read', { price: '0.0600 EUR' }), status(other, 'read', { price: '0.0100 EUR' })),
    );
    expect(second).toEqual({ texts: 0, amount: 0.01 });
  });

  it('is summed once by batches at the same time', async () => {
    const one = await accepted();
    const batch = () =>
      record(status(one, 'delivered', { price: '0.05 EUR' }), status(one, 'submitted', { price: '0.05 EUR' }));
    expect(await addedBy(() => Promise.all([batch(), batch(), batch(), batch()]))).toEqual({ texts: 1, amount: 0.05 });
  });

  it('that an orphan named is summed once its attempt is known', async () => {
    const one = await inFlight(await newMessage());
    const { clientRef: _, ...nameless } = status(one, 'delivered', { price: '0.05 EUR' });
    expect(await addedBy(() => record(nameless))).toEqual({ texts: 0, amount: 0 });
    expect(await addedBy(() => record(status(one, 'submitted')))).toEqual({ texts: 1, amount: 0.05 });
  });
});

describe('an attempt', () => {
  it('of unknown outcome is settled by its receipt', async () => {
    const one = await unknown(await newMessage());
    await record(status(one, 'submitted'));
    expect(await ledger.db('attempts').where({ client_ref: one.clientRef }).first()).toMatchObject({
      outcome: 'accepted',
      settled_by: 'receipt',
      provider_id: one.providerId,
    });
    expect(await stateOf(one)).toBe('accepted');
  });

  it('that its answer has settled stays settled by the answer', async () => {
    const one = await accepted();
    await record(status(one, 'delivered'));
    const row = await ledger.db('attempts').where({ client_ref: one.clientRef }).first('settled_by');
    expect(row).toEqual({ settled_by: 'answer' });
  });

  it('that was replaced moves its message only by an arrival', async () => {
    const message = await newMessage();
    const [first, second] = [await unknown(message), await unknown(message)];
    await record(status(first, 'submitted'), status(first, 'rejected'));
    expect(await stateOf(first)).toBe('unknown');
    expect((await attemptsOf(ledger.db, message)).map(({ outcome }) => outcome)).toEqual(['accepted', 'unknown']);
    await record(status(second, 'rejected'));
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'rejected', reason: 'undelivered' });
    await record(status(first, 'delivered'));
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'delivered', reason: null });
  });

  it('that was refused has not replaced the earlier one', async () => {
    const message = await newMessage();
    const [first] = [await unknown(message), await refused(message)];
    await record(status(first, 'submitted'));
    expect(await stateOf(first)).toBe('accepted');
  });

  it('that was refused, and that a receipt shows as taken, has replaced the earlier one', async () => {
    const message = await newMessage();
    const [first, second] = [await unknown(message), await refused(message)];
    await record(status(first, 'undeliverable'));
    expect(await stateOf(first)).toBe('undeliverable');
    await record(status(second, 'submitted'), status(first, 'rejected'));
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'accepted', reason: null });
  });

  it('that was rejected and is sent again is not accepted by a late "submitted"', async () => {
    const one = await accepted();
    await record(status(one, 'rejected'));
    await plannedAgain(one.message);
    await record(status(one, 'submitted'), status(one, 'undeliverable'));
    expect(await ledgerRowOf(ledger.db, one.message)).toMatchObject({ state: 'planned', submitted_at: null });
  });
});

describe('a message of which an earlier attempt was taken, as a receipt said meanwhile', () => {
  it('is not sent again when the later one is refused', async () => {
    const message = await newMessage();
    const [first, second] = [await unknown(message), await inFlight(message)];
    await record(status(first, 'submitted'));
    expect(await stateOf(first)).toBe('submitted');
    await recordRefused(ledger.db, second.clientRef, '429', undefined, NOON);
    expect(await stateOf(first)).toBe('accepted');
  });

  it('is not sent again when the later one was never taken', async () => {
    const message = await newMessage();
    const [first] = [await unknown(message), await unknown(message)];
    await record(status(first, 'submitted'));
    await recordNotSent(ledger.db, message, { again: true }, NOON);
    expect(await stateOf(first)).toBe('accepted');
  });

  it('is sent again if that one did not arrive', async () => {
    const message = await newMessage();
    const [first, second] = [await unknown(message), await inFlight(message)];
    await record(status(first, 'submitted'), status(first, 'undeliverable'));
    await recordRefused(ledger.db, second.clientRef, '429', undefined, NOON);
    expect(await stateOf(first)).toBe('planned');
  });

  it('is not sent again even if the refusal and the receipt meet', async () => {
    const message = await newMessage();
    const [first, second] = [await unknown(message), await inFlight(message)];
    const holding = await ledger.db.transaction();
    await recordRefused(holding, second.clientRef, '429', undefined, NOON);
    const receipt = record(status(first, 'submitted'));
    await untilWaiting(ledger.db, 1);
    await holding.commit();
    await receipt;
    expect(await stateOf(first)).toBe('accepted');
  });
});

describe('an orphan', () => {
  it('is a status that names another sender than the attempt: kept, without effect', async () => {
    const one = await accepted();
    expect(kinds(await record(status(one, 'rejected', { sender: '+393399957002' })))).toEqual(['orphan']);
    expect(await stateOf(one)).toBe('accepted');
    expect(await storedOf(one)).toEqual([{ status: 'rejected', attempt_id: null, sender: '+393399957002' }]);
    expect(kinds(await record(status(one, 'delivered')))).toEqual(['stored']);
    expect(await storedOf(one)).toMatchObject([{ attempt_id: null }, { attempt_id: expect.any(Number) }]);
  });

  it('counts once the next status of its message says whose it is', async () => {
    const one = await inFlight(await newMessage());
    const { clientRef: _, ...nameless } = status(one, 'delivered');
    expect(kinds(await record(nameless))).toEqual(['orphan']);
    expect(await stateOf(one)).toBe('submitted');
    expect(kinds(await record(status(one, 'submitted')))).toEqual(['stored']);
    expect(await stateOf(one)).toBe('delivered');
    expect(kinds(await record(nameless))).toEqual(['duplicate']);
  });

  it('is none beside a status that says whose it is', async () => {
    const one = await inFlight(await newMessage());
    const { clientRef: _, ...nameless } = status(one, 'delivered');
    expect(kinds(await record(nameless, status(one, 'submitted')))).toEqual(['stored', 'stored']);
    expect(await stateOf(one)).toBe('delivered');
  });
});

describe('a message that a workflow awaits', () => {
  async function awaited(): Promise<Attempt> {
    const one = await accepted();
    await ledger.db('messages').where({ id: one.message }).update({ awaited: true });
    return one;
  }
  const told = ({ message }: Attempt) =>
    ledger
      .db('inbox')
      .whereLike('event_id', `status.${message}.%`)
      .orderBy('id')
      .select('type', 'payload', 'applied_at');

  it('tells it each state its receipts bring, once', async () => {
    const one = await awaited();
    expect(await record(status(one, 'rejected'))).toMatchObject([{ told: true }]);
    expect(await record(status(one, 'rejected', { at: NOON + 2000 }))).toMatchObject([{ told: false }]);
    expect(await record(status(one, 'delivered'))).toMatchObject([{ told: true }]);
    expect(await told(one)).toEqual(
      ['rejected', 'delivered'].map((state) => ({
        type: 'message_status',
        payload: { message: one.message, status: state },
        applied_at: null,
      })),
    );
  });

  it('tells nothing of a "submitted", and no other message tells anything', async () => {
    const [one, other] = [await awaited(), await accepted()];
    expect(await record(status(one, 'submitted'), status(other, 'delivered'))).toMatchObject([
      { told: false },
      { told: false },
    ]);
    expect([...(await told(one)), ...(await told(other))]).toEqual([]);
  });
});

it('a clock ahead of ours accepts nothing in the future, and its repeated status is still one', async () => {
  const one = await unknown(await newMessage());
  const ahead = status(one, 'delivered', { at: NOON + 10 * 60_000 });
  await recordStatuses(ledger.db, [ahead], NOON + 1000);
  expect(kinds(await recordStatuses(ledger.db, [ahead], NOON + 2000))).toEqual(['duplicate']);
  const row = await ledger.db('messages').where({ id: one.message }).first('accepted_at');
  expect(row).toEqual({ accepted_at: new Date(NOON + 1000) });
});

describe('batches at the same time', () => {
  it('about the same messages in any order both arrive', async () => {
    for (let round = 0; round < 10; round += 1) {
      const some: Attempt[] = [];
      while (some.length < 8) some.push(await accepted());
      const forwards = some.flatMap((one) => [status(one, 'submitted'), status(one, 'delivered')]);
      const backwards = [...some.map((one) => status(one, 'read')), ...forwards].toReversed();
      const results = await Promise.all([record(...forwards), record(...backwards), record(...backwards)]);
      expect(new Set(await Promise.all(some.map(stateOf)))).toEqual(new Set(['read']));
      expect(kinds(results.flat()).filter((kind) => kind === 'stored')).toHaveLength(24);
    }
  });

  it('a deadlock ends none of them: it is tried again', async () => {
    const [one, two] = [await accepted(), await accepted()];
    // Only the batch looks for a deadlock, and late enough to find one.
    const own = connect(ledger.migrationUrl, { poolMax: 1 });
    await own.raw("set deadlock_timeout = '3s'");
    const other = await ledger.owner.transaction();
    await other.raw("set local deadlock_timeout = '1h'");
    const locked = ({ clientRef }: Attempt) =>
      other('attempts').where({ client_ref: clientRef }).forUpdate().first('id');
    await locked(two);
    const batch = recordStatuses(own, [status(one, 'delivered'), status(two, 'delivered')], NOON + HOUR);
    await untilWaiting(ledger.owner, 1);
    await locked(one);
    await other.commit();
    expect(kinds(await batch)).toEqual(['stored', 'stored']);
    await own.destroy();
  });

  it('any other failure is not', async () => {
    let tries = 0;
    const broken = async () => {
      tries += 1;
      throw Object.assign(new Error('out of range'), { code: '22008' });
    };
    await expect(retryDeadlock(broken)).rejects.toThrow('out of range');
    expect(tries).toBe(1);
  });
});
