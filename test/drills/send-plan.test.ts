import { expect, it } from 'vitest';
import { parsePhone } from '../../domain/contacts/phone.ts';
import type { DrillSize } from './send/drill-sizes.ts';
import { FULL, SMALL } from './send/drill-sizes.ts';
import type { PlannedSend } from './send/plan.ts';
import { CLASSES, FAULTS, KILL_POINTS, POINTS, planBatches, wayOf } from './send/plan.ts';

const sendsOf = (cut: DrillSize): readonly PlannedSend[] => planBatches(cut.shapes).flat();
const isWithin =
  ({ settling }: DrillSize) =>
  ({ lagMs }: PlannedSend): boolean =>
    lagMs <= settling.settleAfter;
const distinct = (sends: readonly PlannedSend[], of: (send: PlannedSend) => unknown): number =>
  new Set(sends.map((send) => JSON.stringify(of(send)))).size;

it('kills at ten points, under eleven faults and under none', () => {
  expect([KILL_POINTS.length, FAULTS.filter((fault) => fault !== 'none').length]).toEqual([10, 11]);
});

it('the whole drill has every point with every fault and class', () => {
  const sends = sendsOf(FULL).filter(isWithin(FULL));
  expect(distinct(sends, (send) => [send.point, send.fault, send.class])).toBe(
    POINTS.length * FAULTS.length * CLASSES.length,
  );
});

it('the small cut has every point with every fault, and both classes at every point, under every fault and with every lag and receipt', () => {
  const sends = sendsOf(SMALL);
  expect(sends).toHaveLength(POINTS.length * FAULTS.length);
  expect(distinct(sends, ({ point, fault }) => [point, fault])).toBe(POINTS.length * FAULTS.length);
  expect(distinct(sends, (send) => [send.point, send.class])).toBe(POINTS.length * CLASSES.length);
  expect(distinct(sends, (send) => [send.fault, send.class])).toBe(FAULTS.length * CLASSES.length);
  expect(distinct(sends, (send) => [send.lagMs, send.receipts, send.class])).toBe(6 * CLASSES.length);
});

it('the small cut sends by both ways at every point, under every fault and in both classes; the whole drill at every point under every fault in both', () => {
  const sends = sendsOf(SMALL);
  expect(distinct(sends, (send) => [send.point, send.way])).toBe(POINTS.length * 2);
  expect(distinct(sends, (send) => [send.fault, send.way])).toBe(FAULTS.length * 2);
  expect(distinct(sends, (send) => [send.class, send.way])).toBe(CLASSES.length * 2);
  const all = sendsOf(FULL).filter(isWithin(FULL));
  const combinations = POINTS.length * FAULTS.length * CLASSES.length;
  expect(distinct(all, (send) => [send.point, send.fault, send.class, send.way])).toBe(combinations * 2);
  for (const { order, way } of all) expect(wayOf(order)).toBe(way);
});

it('the whole drill meets each of them with every lag up to T2, with and without receipts, in over 1,000 messages', () => {
  const sends = sendsOf(FULL).filter(isWithin(FULL));
  expect(distinct(sends, (send) => [send.point, send.fault, send.class, send.lagMs, send.receipts])).toBe(
    POINTS.length * FAULTS.length * CLASSES.length * 6,
  );
  expect(sends.length).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...sends.map(({ lagMs }) => lagMs))).toBe(FULL.settling.settleAfter);
});

it('the whole drill has both classes beyond T2', () => {
  const beyond = sendsOf(FULL).filter((send) => !isWithin(FULL)(send));
  expect(distinct(beyond, (send) => send.class)).toBe(CLASSES.length);
});

it('every message has an order and a number of its own, and the numbers can be texted', () => {
  const sends = sendsOf(FULL);
  expect(distinct(sends, ({ order }) => order)).toBe(sends.length);
  expect(distinct(sends, ({ phone }) => phone)).toBe(sends.length);
  for (const { phone } of sends) expect(parsePhone(phone, 'NO')).toMatchObject({ e164: phone });
});
