import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SETTLE_RULES } from '../../../domain/sending/ledger.ts';
import { NOON, attemptsOf, placedOrder, planned, ledgerRowOf } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { rules, runSend, startSending } from './sending.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

it('a run that was suspended between its commit and its call makes no call afterwards', async () => {
  const message = await planned(stage.db, await placedOrder(stage.db));
  stage.requests();
  const settling = { ...SETTLE_RULES, callWithin: 200 };
  const faultPoint = (point: string) => sleep(point === 'submitted' ? 300 : 0);
  const deps = { db: stage.db, rules, sender: stage.sender, settling, faultPoint };
  expect(await runSend(deps, message)).toEqual({ kind: 'wait', until: NOON + 30_000, reason: 'provider_busy' });
  expect(stage.requests()).toBe(0);
  expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'refused', code: 'stalled' }]);
  expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
});

it('an attempt knows where it went and from which sender', async () => {
  const order = await placedOrder(stage.db);
  const message = await planned(stage.db, order);
  await stage.send(message);
  expect(await stage.db('attempts').where({ message_id: message }).select('address', 'sender', 'settled_by')).toEqual([
    { address: order.phone, sender: '+393399957001', settled_by: 'answer' },
  ]);
});
