import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { storeLaneFailure, saveLane } from '../../../db/sending/lanes/lanes.ts';
import { NO_BASIS } from '../../../domain/sending/gate/decision.ts';
import { recordDecision } from '../../../db/sending/ledger/messages.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { GuardBand } from '../../../domain/time/windows.ts';
import { rules } from '../../helpers/rules.ts';
import { accountLane } from '../../../domain/sending/lane.ts';
import { anotherMessage, book, removeLanes } from '../../helpers/lanes.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, intended, placedOrder } from '../../helpers/ledger.ts';
import type { AnsweredJson, Shop } from '../shop.ts';
import { openShop, serve, validBrand } from '../shop.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

let shop: Shop;
let order: PlacedOrder;
beforeAll(async () => {
  shop = await openShop();
  shop.clock.at = NOON;
});
afterAll(() => shop.close());
beforeEach(async () => {
  await removeLanes(shop.db);
  await saveLane(shop.db, accountLane(1));
  order = await placedOrder(shop.db, {}, validBrand());
});

async function forecast(query = ''): Promise<AnsweredJson> {
  const { status, body } = await shop.get(`/v1/forecast${query}`);
  expect(status).toBe(200);
  return body;
}

const at = (ms: number): string => new Date(ms).toISOString();

it('booked and waiting messages per class, with the moment at which they will be out', async () => {
  for (let count = 0; count < 10; count += 1) {
    const message = await anotherMessage(shop.db, order, 'bundle_offer', NOON);
    await book(shop.db, message, { now: NOON }, 2);
  }
  const until = NOON + 2 * HOUR;
  const wait = { kind: 'wait', until, reason: 'quiet_hours', rule: 'it.hours' } as const;
  const where = { ...NO_BASIS, zones: ['Europe/Rome'], zoneSource: 'explicit' };
  await recordDecision(shop.db, intended(order, { kind: 'rating_request' }), wait, where, NOON);
  await recordDecision(
    shop.db,
    intended(order, { kind: 'delivered' }),
    { ...wait, rule: 'default.hours.orders' },
    where,
    NOON,
  );
  const { classes } = await forecast();
  expect(classes).toEqual([
    { class: 'transactional', due: expect.objectContaining({ messages: 1, drainsAt: at(until + SECOND) }) as unknown },
    { class: 'service_feedback', due: expect.objectContaining({ messages: 1, warnings: [] }) as unknown },
    { class: 'promotional', booked: { messages: 10, segments: 20, drainsAt: at(NOON + 9 * SECOND) } },
  ]);
});

it('a message that has moved on is not waiting any more', async () => {
  const message = intended(order, { kind: 'rating_request' });
  const where = NO_BASIS;
  const wait = { kind: 'wait', until: NOON + HOUR, reason: 'too_close', rule: 'spacing' } as const;
  await recordDecision(shop.db, message, wait, where, NOON);
  await recordDecision(shop.db, message, { kind: 'skip', reason: 'open_case', rule: 'case' }, where, NOON + 1);
  const { classes } = await forecast();
  expect(classes.map((one: AnsweredJson) => one.due)).not.toContainEqual(
    expect.objectContaining({ from: at(NOON + HOUR) }),
  );
});

it('a volume that does not fit the window has a warning, and one that fits has the moment of its end', async () => {
  const small = await forecast('?segments=3600');
  expect(small.volume).toMatchObject({
    startsAt: at(NOON),
    drainsAt: at(NOON + HOUR),
    segmentsPerSecond: 1,
    warnings: [],
  });
  const large = await forecast('?segments=40000');
  expect(large.volume.warnings).toEqual(['after_window']);
  const sunday = encodeURIComponent('2026-03-08T12:00:00+01:00');
  const closed = await forecast(`?segments=60&at=${sunday}`);
  // No promotions on Sundays in Italy: it begins on Monday at 9:00, after the guard band.
  expect(closed.volume.startsAt >= at(Date.UTC(2026, 2, 9, 8, 10))).toBe(true);
});

it('the hours of a volume keep off their edges by as many minutes as are configured', async () => {
  const sunday = encodeURIComponent('2026-03-08T12:00:00+01:00');
  const startsWith = async (guardBand: GuardBand) => {
    const other = await serve(connect(shop.databaseUrl), {
      rules: { ...rules, guardBand },
      clock: { now: () => NOON },
    });
    const asked = { headers: { authorization: `Bearer ${shop.key}` } };
    const response = await fetch(`${other.url}/v1/forecast?segments=60&at=${sunday}`, asked);
    const { volume } = (await response.json()) as AnsweredJson;
    await other.close();
    return Date.parse(volume.startsAt);
  };
  const minute = 60 * SECOND;
  const narrow = await startsWith({ opening: 10 * minute, closing: 15 * minute });
  expect(await startsWith({ opening: 40 * minute, closing: 15 * minute })).toBe(narrow + 30 * minute);
});

it('an open circuit is told with the moment it may close', async () => {
  const message = await anotherMessage(shop.db, order, 'shipped', NOON);
  await storeLaneFailure(shop.db, message, { kind: 'account_refused' }, NOON);
  const body = await forecast('?segments=1');
  expect(body.lanes).toMatchObject([{ kind: 'account', heldUntil: at(NOON + 30 * SECOND) }]);
  expect(body.volume.warnings).toEqual(['provider_down']);
  expect((await shop.ops('/metrics')).body).toContain('dopo_circuit_open{lane="account"} 1');
});

it("other brands' messages are not in it", async () => {
  const { body } = await shop.get('/v1/forecast', shop.strangersKey);
  expect(body.classes).toEqual([]);
});

it.each(['?segments=0', '?hours=1000', '?at=tomorrow', '?what=1'])('%s is a mistake', async (query) => {
  expect((await shop.get(`/v1/forecast${query}`)).status).toBe(422);
});
