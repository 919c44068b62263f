import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { submit } from '../../../db/sending/ledger/attempts.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { readMessageAndGate } from '../../../db/sending/ledger/ledger-message.ts';
import { decide } from '../../../domain/sending/gate/decide.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, attemptsOf, placedOrder, planned, ledgerRowOf } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { rules, startSending } from './sending.ts';
import { storeOf } from '../../helpers/keys.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.fake.clearFaults();
  stage.requests();
});

function suppress(order: PlacedOrder, state: 'stopped' | 'lifted', at: number): Promise<void> {
  return changeSuppression(
    storeOf(stage.db),
    { brand: order.brand, address: order.phone, state, source: 'test', at },
    at,
  );
}

describe('STOP against a send', () => {
  /**
   * Numbers submissions and STOPs in the order in which they held the contact's row. The next holder sees all that was
   * committed before, so this is the order of their commits.
   */
  beforeAll(async () => {
    await stage.owner.raw(`
      create table race (turn bigint generated always as identity, what text not null, message text);
      create function note_submission() returns trigger language plpgsql as $$
        begin insert into race (what, message) values ('submitted', new.message_id); return new; end $$;
      create function note_suppression() returns trigger language plpgsql as $$
        begin insert into race (what) values (new.state); return new; end $$;
      create trigger zz_note after insert on attempts for each row execute function note_submission();
      create trigger zz_note after insert on suppressions for each row execute function note_suppression();
      grant select, insert, delete on race to public;
    `);
  });

  /** Exactly what sendMessage does, up to the socket. */
  async function submitIfAllowed(message: string, round: string, pause: number): Promise<boolean> {
    for (;;) {
      const read = await readMessageAndGate(stage.db, message, NOON);
      if (!read || decide(read.message, read.gate, rules, NOON).decision.kind !== 'send') return false;
      if (pause > 0) await sleep(pause);
      if (
        await submit(
          stage.db,
          read.message,
          read.gate,
          { clientRef: `${round}-0123456789abcdef`, to: '', from: '' },
          NOON,
        )
      )
        return true;
    }
  }

  it('no submission is committed after a committed STOP, in 300 races at random offsets', async () => {
    const order = await placedOrder(stage.db);
    let round = 0;
    const won = { stop: 0, send: 0 };
    const offset = fc.integer({ min: 0, max: 4 });
    await fc.assert(
      fc.asyncProperty(offset, offset, async (stopAfter, thinkFor) => {
        round += 1;
        const message = await planned(stage.db, order, { occurrence: `parcel-${round}` });
        const stopping = sleep(stopAfter).then(() => suppress(order, 'stopped', NOON + round * 2));
        const [sent] = await Promise.all([submitIfAllowed(message, `race${round}`, thinkFor), stopping]);
        won[sent ? 'send' : 'stop'] += 1;
        await suppress(order, 'lifted', NOON + round * 2 + 1);
      }),
      { numRuns: 300 },
    );
    const { rows } = await stage.db.raw<{ rows: { what: string }[] }>('select what from race order by turn');
    let stopped = false;
    const late = rows.filter(({ what }) => {
      if (what !== 'submitted') stopped = what === 'stopped';
      return what === 'submitted' && stopped;
    });
    expect(late).toEqual([]);
    // Both must have been first at times, or nothing was raced.
    expect(Math.min(won.send, won.stop)).toBeGreaterThan(0);
  });

  it('a message whose commit comes after a STOP makes no request, one whose commit comes before it makes one', async () => {
    const order = await placedOrder(stage.db);
    for (let round = 1; round <= 40; round += 1) {
      const message = await planned(stage.db, order, { occurrence: `parcel-${round}` });
      const at = NOON + round * 2;
      const [result] = await Promise.all([stage.send(message, { asOf: at }), suppress(order, 'stopped', at)]);
      expect(stage.requests()).toBe(result.kind === 'accepted' ? 1 : 0);
      await suppress(order, 'lifted', at + 1);
    }
  });
});

describe('messages against each other', () => {
  it('two promotions that race for the last place under the cap: one goes, the other waits', async () => {
    for (let round = 0; round < 20; round += 1) {
      const order = await placedOrder(stage.db);
      for (const days of [5, 4]) {
        const dueAt = NOON - days * DAY;
        const earlier = await planned(stage.db, order, { kind: 'loyalty_invitation', occurrence: String(days), dueAt });
        await stage.send(earlier, { asOf: dueAt });
      }
      const competing = await Promise.all([
        planned(stage.db, order, { kind: 'bundle_offer' }),
        planned(stage.db, order, { kind: 'reactivation' }),
      ]);
      stage.requests();
      const results = await Promise.all(competing.map((message) => stage.send(message)));
      expect(results.map(({ kind }) => kind).toSorted()).toEqual(['accepted', 'wait']);
      const loser = competing.find((_, index) => results[index]?.kind === 'wait') ?? '';
      const later = await stage.send(loser, { asOf: NOON + 3 * HOUR });
      expect(later).toEqual({ kind: 'wait', until: NOON + 2 * DAY, reason: 'cap_reached' });
      expect(stage.requests()).toBe(1);
    }
  });

  it('ten runs for one message at once make one request', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    const results = await Promise.all(Array.from({ length: 10 }, () => stage.send(message)));
    expect(stage.requests()).toBe(1);
    expect(results.filter(({ kind }) => kind === 'accepted').length).toBeGreaterThanOrEqual(1);
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ number: 1, outcome: 'accepted' }]);
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'accepted' });
  });

  it('ten messages of one person at once all go out, one after the other', async () => {
    const order = await placedOrder(stage.db);
    const parcels = Array.from({ length: 10 }, (_, index) => `parcel-${index + 1}`);
    const messages = await Promise.all(parcels.map((occurrence) => planned(stage.db, order, { occurrence })));
    const results = await Promise.all(messages.map((message) => stage.send(message)));
    expect(results).toEqual(results.map(() => ({ kind: 'accepted' })));
    expect(stage.requests()).toBe(10);
  });
});
