/**
 * The state of a message, and of its other attempts and channels, after it was refused, was never accepted, or cannot
 * be sent any more.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  giveUp,
  openAttempts,
  recordAccepted,
  recordNotSent,
  recordRefused,
  recordUnknown,
} from '../../../../db/sending/ledger/attempts.ts';
import { NO_BASIS } from '../../../../domain/sending/gate/decision.ts';
import { recordDecision, skipMessage } from '../../../../db/sending/ledger/messages.ts';
import { giveUpByHand, redrive } from '../../../../commands/sending/repair-message.ts';
import { recordStatus } from '../../../../db/sending/ledger/statuses.ts';
import { MINUTE } from '../../../../domain/time/duration.ts';
import type { Receipt } from '../../../../domain/sending/ledger.ts';
import type { MessageState } from '../../../../domain/sending/message.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import {
  NOON,
  attemptsOf,
  intended,
  openLedger,
  placedOrder,
  planned,
  ledgerRowOf,
  shipped,
  submitted,
} from '../../../helpers/ledger.ts';

let ledger: Ledger;
let order: PlacedOrder;
let count = 0;
beforeAll(async () => {
  ledger = await openLedger();
  order = await placedOrder(ledger.db);
});
afterAll(() => ledger.close());

const LATER = NOON + MINUTE;

function message(): Promise<string> {
  count += 1;
  return planned(ledger.db, order, { occurrence: `parcel-${count}` });
}

/** Submits the message and records that no answer came. */
async function unknown(id: string, at = NOON): Promise<string> {
  const clientRef = await submitted(ledger.db, id, at);
  await recordUnknown(ledger.db, id, 'timeout', at);
  return clientRef;
}

async function receipt(clientRef: string, said: Receipt): Promise<void> {
  await recordStatus(ledger.db, { clientRef, providerId: randomUUID(), receipt: said, at: LATER }, LATER);
}

/** Brings a message into a state by the calls that lead there. */
const IN_STATE: Readonly<Partial<Record<MessageState, () => Promise<string>>>> = {
  submitted: async () => {
    const id = await message();
    await submitted(ledger.db, id);
    return id;
  },
  accepted: async () => {
    const id = await message();
    await recordAccepted(ledger.db, await submitted(ledger.db, id), randomUUID(), 'answer', NOON);
    return id;
  },
  delivered: async () => {
    const id = await message();
    await receipt(await submitted(ledger.db, id), 'delivered');
    return id;
  },
  rejected: async () => {
    const id = await message();
    await recordRefused(ledger.db, await submitted(ledger.db, id), '1430', 'provider_refused', NOON);
    return id;
  },
  given_up: async () => {
    const id = await message();
    await unknown(id);
    await giveUp(ledger.db, id, NOON);
    return id;
  },
};

async function skipsOnRecord(id: string): Promise<readonly unknown[]> {
  return ledger
    .db('decisions')
    .join('messages', (both) => {
      both.on('messages.order_id', 'decisions.order_id').on('messages.step', 'decisions.step');
      both.on('messages.occurrence', 'decisions.occurrence');
    })
    .where({ 'messages.id': id, outcome: 'skip' })
    .select('decisions.reason', 'decisions.rule');
}

describe('a message that can not be sent any more', () => {
  it('ends as skipped while it is planned, with the rule on record', async () => {
    const id = await message();
    await skipMessage(ledger.db, id, 'number_corrected', 'order.corrected', LATER);
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'skipped', reason: 'number_corrected' });
    expect(await skipsOnRecord(id)).toEqual([{ reason: 'number_corrected', rule: 'order.corrected' }]);
  });

  it('is given up when the provider may have taken an attempt: the ledger does not say that it was skipped', async () => {
    const id = await message();
    await unknown(id);
    await skipMessage(ledger.db, id, 'number_corrected', 'order.corrected', LATER);
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'given_up', reason: 'outcome_unknown_given_up' });
    expect(await skipsOnRecord(id)).toEqual([{ reason: 'number_corrected', rule: 'order.corrected' }]);
  });

  it.each(['submitted', 'accepted', 'delivered', 'rejected'] as const)(
    'stays %s when it has gone further, and nothing is put on record',
    async (state) => {
      const id = (await IN_STATE[state]?.()) ?? '';
      const before = await ledgerRowOf(ledger.db, id);
      expect(before.state).toBe(state);
      await skipMessage(ledger.db, id, 'superseded', 'settle.only', LATER);
      expect(await giveUp(ledger.db, id, LATER)).toBe(false);
      expect(await ledgerRowOf(ledger.db, id)).toEqual(before);
      expect(await skipsOnRecord(id)).toEqual([]);
    },
  );
});

describe('a message that the records say was never taken', () => {
  it('is planned again or stays unknown, and has no open attempt either way', async () => {
    for (const again of [true, false]) {
      const id = await message();
      const clientRef = await unknown(id);
      expect(await openAttempts(ledger.db, id)).toMatchObject([{ clientRef, submittedAt: NOON }]);
      await recordNotSent(ledger.db, id, { again }, LATER);
      expect(await ledgerRowOf(ledger.db, id)).toMatchObject(
        again ? { state: 'planned', submitted_at: null } : { state: 'unknown', submitted_at: new Date(NOON) },
      );
      expect(await attemptsOf(ledger.db, id)).toMatchObject([{ outcome: 'not_sent' }]);
      expect(await openAttempts(ledger.db, id)).toEqual([]);
    }
  });

  it.each(['submitted', 'accepted', 'delivered', 'rejected', 'given_up'] as const)(
    'stays %s when it is not unknown any more',
    async (state) => {
      const id = (await IN_STATE[state]?.()) ?? '';
      const before = await ledgerRowOf(ledger.db, id);
      await recordNotSent(ledger.db, id, { again: true }, LATER);
      expect(await ledgerRowOf(ledger.db, id)).toEqual(before);
    },
  );

  it.each([true, false])(
    'is accepted when an earlier attempt is under way, to be sent again or not: %s',
    async (again) => {
      const id = await message();
      const first = await unknown(id);
      await unknown(id, LATER);
      await receipt(first, 'submitted');
      const since = (await ledgerRowOf(ledger.db, id)).submitted_at;
      expect(since).not.toBeNull();
      await recordNotSent(ledger.db, id, { again }, LATER);
      expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'accepted', submitted_at: since });
    },
  );
});

describe('a refused attempt', () => {
  it('leaves its message unknown since the earlier attempt that may have been taken', async () => {
    const id = await message();
    await unknown(id);
    await recordRefused(ledger.db, await submitted(ledger.db, id, LATER), '429', undefined, LATER);
    expect(await ledgerRowOf(ledger.db, id)).toEqual({ state: 'unknown', reason: null, submitted_at: new Date(NOON) });
    expect(await attemptsOf(ledger.db, id)).toMatchObject([{ outcome: 'unknown' }, { outcome: 'refused' }]);
  });

  it('leaves its message planned where nothing may have been taken, and the time of the submission is forgotten', async () => {
    const id = await message();
    for (const at of [NOON, LATER])
      await recordRefused(ledger.db, await submitted(ledger.db, id, at), '429', undefined, at);
    expect(await ledgerRowOf(ledger.db, id)).toEqual({ state: 'planned', reason: null, submitted_at: null });
  });

  it('for good ends its message, which keeps the time of its submission', async () => {
    const id = await message();
    await recordRefused(ledger.db, await submitted(ledger.db, id, LATER), '1430', 'provider_refused', LATER);
    expect(await ledgerRowOf(ledger.db, id)).toEqual({
      state: 'rejected',
      reason: 'provider_refused',
      submitted_at: new Date(LATER),
    });
  });

  it('overrides what another run has recorded as unknown', async () => {
    const id = await message();
    await recordRefused(ledger.db, await unknown(id), '429', undefined, LATER);
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'planned' });
    expect(await openAttempts(ledger.db, id)).toEqual([]);
  });

  it('that a receipt has called taken stays taken', async () => {
    const id = await message();
    const clientRef = await submitted(ledger.db, id);
    await receipt(clientRef, 'submitted');
    await recordRefused(ledger.db, clientRef, '429', undefined, LATER);
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'accepted' });
    expect(await attemptsOf(ledger.db, id)).toMatchObject([{ outcome: 'accepted' }]);
  });

  it('takes nothing back from a message that has arrived by an earlier one', async () => {
    const id = await message();
    const first = await unknown(id);
    const second = await submitted(ledger.db, id, LATER);
    await receipt(first, 'delivered');
    await recordRefused(ledger.db, second, '1430', 'provider_refused', LATER);
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'delivered', reason: null });
  });

  it('is still refused after the next attempt was lost', async () => {
    const id = await message();
    await recordRefused(ledger.db, await submitted(ledger.db, id), '429', undefined, NOON);
    await unknown(id, LATER);
    expect(await attemptsOf(ledger.db, id)).toMatchObject([
      { outcome: 'refused', code: '429' },
      { outcome: 'unknown', code: 'timeout' },
    ]);
  });
});

it('a message refused with an error after which it may have arrived is sent again only if the caller accepts a duplicate', async () => {
  const repair = { brand: order.brand, actor: 'anna', reason: 'customer asked' };
  for (const [unclearCodes, kind] of [
    [['1430'], 'may_duplicate'],
    [['1431'], 'done'],
  ] as const) {
    const id = (await IN_STATE.rejected?.()) ?? '';
    const answer = await redrive(ledger.db, { ...repair, message: id }, { mayDuplicate: false, unclearCodes }, LATER);
    expect(answer.kind).toBe(kind);
  }
});

it('a message that an operator gives up keeps what is known of its attempts', async () => {
  const id = await message();
  await recordRefused(ledger.db, await submitted(ledger.db, id), '429', undefined, NOON);
  const repair = { brand: order.brand, actor: 'anna', reason: 'customer asked', message: id };
  expect(await giveUpByHand(ledger.db, repair, LATER)).toEqual({ kind: 'done', state: 'given_up' });
  expect(await attemptsOf(ledger.db, id)).toMatchObject([{ outcome: 'refused', code: '429' }]);
});

it('a message that a receipt has moved is not called unknown by a run that knows nothing', async () => {
  const id = await message();
  await receipt(await submitted(ledger.db, id), 'undeliverable');
  expect(await recordUnknown(ledger.db, id, 'crashed', LATER)).toBe('undeliverable');
  expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'undeliverable', reason: 'undelivered' });
});

it('the first report that the provider took a message dates it, whatever follows', async () => {
  const id = await message();
  const clientRef = await submitted(ledger.db, id);
  await recordAccepted(ledger.db, clientRef, randomUUID(), 'answer', NOON);
  await recordAccepted(ledger.db, clientRef, randomUUID(), 'records', LATER);
  const row: unknown = await ledger.db('messages').where({ id }).first('accepted_at');
  expect(row).toEqual({ accepted_at: new Date(NOON) });
  const attempt: unknown = await ledger.db('attempts').where({ client_ref: clientRef }).first('settled_by');
  expect(attempt).toEqual({ settled_by: 'answer' });
});

it('a message that was taken twice is dated by the first, though the receipt of it came while the second was under way', async () => {
  const id = await message();
  const first = await unknown(id);
  const second = await submitted(ledger.db, id, LATER);
  await receipt(first, 'submitted');
  expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'submitted' });
  await recordAccepted(ledger.db, second, randomUUID(), 'answer', LATER + MINUTE);
  const row: unknown = await ledger.db('messages').where({ id }).first('state', 'accepted_at');
  expect(row).toEqual({ state: 'accepted', accepted_at: new Date(LATER) });
});

describe('a message that is decided about once more', () => {
  async function decidedAgain(about: PlacedOrder, occurrence: string): Promise<void> {
    const decision = { kind: 'skip', reason: 'too_late', rule: 'useful' } as const;
    await recordDecision(ledger.db, intended(about, { occurrence }), decision, NO_BASIS, LATER);
  }

  it('is planned again after a correction had ended it, when the order has come back to the number', async () => {
    const id = await message();
    await skipMessage(ledger.db, id, 'number_corrected', 'order.corrected', NOON);
    expect(await planned(ledger.db, order, { occurrence: `parcel-${count}` })).toBe(id);
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'planned', reason: null });
  });

  it('stays ended when anything else had ended it', async () => {
    const id = await message();
    await skipMessage(ledger.db, id, 'superseded', 'settle.only', NOON);
    await planned(ledger.db, order, { occurrence: `parcel-${count}` });
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'skipped', reason: 'superseded' });
  });

  it('with a refusal is given up when an attempt may have been taken, and keeps its state when one was', async () => {
    const id = await message();
    await unknown(id);
    await decidedAgain(order, `parcel-${count}`);
    expect(await ledgerRowOf(ledger.db, id)).toMatchObject({ state: 'given_up', reason: 'outcome_unknown_given_up' });
    const taken = (await IN_STATE.accepted?.()) ?? '';
    await decidedAgain(order, `parcel-${count}`);
    expect(await ledgerRowOf(ledger.db, taken)).toMatchObject({ state: 'accepted', reason: null });
  });

  it('stays overtaken by the news that came before', async () => {
    const about = await placedOrder(ledger.db);
    const isOvertaken = async (id: string): Promise<unknown> =>
      ledger
        .db('messages')
        .where({ id })
        .first('overtaken')
        .then((row: { overtaken: boolean }) => row.overtaken);
    const id = await planned(ledger.db, about);
    expect(await isOvertaken(id)).toBe(false);
    await shipped(ledger.db, about);
    expect(await isOvertaken(id)).toBe(true);
    await planned(ledger.db, about);
    expect(await isOvertaken(id)).toBe(true);
  });
});

describe('a step that turns to its next channel', () => {
  const onRcs = { channel: 'rcs', channelIndex: 0 } as const;
  const onSms = { channel: 'sms', channelIndex: 1 } as const;

  it('ends what is still planned on the channels before, and nothing else', async () => {
    count += 1;
    const occurrence = `parcel-${count}`;
    const other = await placedOrder(ledger.db);
    const [first, formerNumber, elsewhere, another] = [
      await planned(ledger.db, order, { occurrence, ...onRcs }),
      await planned(ledger.db, { ...order, contact: other.contact }, { occurrence, ...onRcs }),
      await planned(ledger.db, other, { occurrence, ...onRcs }),
      await planned(ledger.db, order, { occurrence: `${occurrence}b`, ...onRcs }),
    ];
    const second = await planned(ledger.db, order, { occurrence, ...onSms });
    expect(await ledgerRowOf(ledger.db, first)).toMatchObject({ state: 'skipped', reason: 'next_channel' });
    for (const kept of [second, formerNumber, elsewhere, another])
      expect(await ledgerRowOf(ledger.db, kept)).toMatchObject({ state: 'planned' });
    // Asked once more for the channel it has turned to.
    await planned(ledger.db, order, { occurrence, ...onSms });
    expect(await ledgerRowOf(ledger.db, second)).toMatchObject({ state: 'planned' });
  });

  it('takes nothing back that was handed over on the channel before', async () => {
    count += 1;
    const occurrence = `parcel-${count}`;
    const first = await planned(ledger.db, order, { occurrence, ...onRcs });
    const moment = new Date(NOON);
    await ledger
      .db('messages')
      .where({ id: first })
      .update({ state: 'accepted', submitted_at: moment, accepted_at: moment });
    await planned(ledger.db, order, { occurrence, ...onSms });
    expect(await ledgerRowOf(ledger.db, first)).toMatchObject({ state: 'accepted', reason: null });
  });
});
