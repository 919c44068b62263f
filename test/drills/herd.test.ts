import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../db/connection/connect.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import { WAIT_IN_PLACE } from '../../domain/sending/lane.ts';
import { bookHerd, openBooks } from './herd/schedule.ts';
import type { HerdStage } from './herd/stage.ts';
import { openBench } from './herd/stage.ts';
import type { Ending } from '../../dev/drill/servers.ts';
import { createTestDatabase } from '../helpers/postgres.ts';

/** The herd drill with a few hundred messages: what is counted, nothing that is timed. */
const endings: Ending[] = [];
let stage: HerdStage;
beforeAll(async () => {
  const database = await createTestDatabase();
  endings.push(database.drop);
  stage = await openBench(database.url, 100, (ending) => endings.push(ending));
});
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
});

it('a herd that is due in one minute is booked up to the edge of its window, one token apart, and no further', async () => {
  const database = await createTestDatabase();
  const db = connect(database.url);
  const books = await openBooks(db);
  const { dueAt } = books;
  const hours = { earlyEdge: dueAt + MINUTE / 2, edge: dueAt + 1.25 * MINUTE };
  // One at a time: of four, one with an early edge may be refused a token that another gives back a moment later.
  const figures = await bookHerd(db, { ...books, ...hours, promotions: 500, rate: 5, atOnce: 1 });
  // Five a second for 75 seconds.
  expect(figures).toMatchObject({ booked: 375, nextWindow: 125, late: 0, mostInSecond: 5 });
  expect(figures.newsWaitMs).toBeLessThanOrEqual(WAIT_IN_PLACE.first);
  await db.destroy();
  await database.drop();
});

it('every promotion of a herd and all the news in between are accepted once, and no request is over the quota', async () => {
  const promotions = 120;
  const news = 20;
  const due = Date.now();
  for (let number = 0; number < promotions; number += 1) await stage.place('promotion', number, due);
  for (let number = 0; number < news; number += 1) await stage.place('news', number, Date.now());
  while (stage.vonage.messages().length < promotions + news) await sleep(50);
  await sleep(200);
  const sent = stage.vonage.messages();
  expect(new Set(sent.map(({ to }) => to)).size).toBe(promotions + news);
  expect(sent).toHaveLength(promotions + news);
  expect(stage.vonage.refused()).toEqual([]);
});
