import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStop } from '../../../commands/sending/stops.ts';
import { down, up } from '../../../migrations/20261122000015_audit.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placed, planned } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('entries from before are carried over, with their state as before and what was taken upon oneself as after', async () => {
  const { owner: db } = ledger;
  const message = await planned(db, await placed(db));
  const about = { brand: brand.id, message, channel: 'sms', kind: 'shipped', locale: 'it', sender: null } as const;
  await openStop(db, 'template', { ...about, submittedAt: new Date(NOON) }, '1210', NOON);
  const { id: stop } = await db('stops').first('id');
  await down(db);
  const by = { brand_id: brand.id, actor: 'ada', reason: 'the customer called', at: new Date(NOON) };
  const details = { from: 'undeliverable', mayDuplicate: true };
  await db('audit_log').insert({ ...by, action: 'redrive', message_id: message, details });
  await db('audit_log').insert({ ...by, action: 'release_stop', stop_id: stop, details: { scope: 'template' } });
  await up(db);
  expect(await db('audit_log').whereNot({ actor: 'set-up' }).orderBy('id')).toMatchObject([
    {
      ...by,
      action: 'redrive',
      subject_kind: 'message',
      subject_id: message,
      before: { state: 'undeliverable' },
      after: { mayDuplicate: true },
    },
    {
      ...by,
      action: 'release_stop',
      subject_kind: 'stop',
      subject_id: String(stop),
      before: { scope: 'template' },
      after: null,
    },
  ]);
  await expect(db('audit_log').delete()).rejects.toThrow('append-only');
});

it('going back keeps each repair with its actor and its reason', async () => {
  const { owner: db } = ledger;
  const repairs = () => db('audit_log').whereIn('action', ['redrive', 'release_stop']).orderBy('id');
  const before = (await repairs()).map(({ id: _id, ...entry }) => entry);
  expect(before).toHaveLength(2);
  await down(db);
  await up(db);
  expect((await repairs()).map(({ id: _id, ...entry }) => entry)).toEqual(before);
});
