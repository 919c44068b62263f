/** From channel to channel: what the result of a message, or a report about it, means for its step. */
import type { SendMessageResult } from '../../activities/send/send-result.ts';
import { durationMs } from '../../domain/time/duration.ts';
import type { MessageStatus } from '../../domain/orders/events.ts';
import { channelsOf } from '../../domain/journey/journey.ts';
import type { Prepared } from '../deliver.ts';
import type { JourneyRun } from './journey-run.ts';
import { iso } from './journey-run.ts';
import type { Leg, LegNext } from './leg.ts';
import { nextAfter, nextAfterReport } from './leg.ts';

type Place = Pick<Leg, 'key' | 'hop'>;

/** A message is on its way; `sent` says what became of it. */
export function sending(run: JourneyRun, leg: Leg): void {
  run.messages.sending(leg);
  if (!isCurrent(run, leg)) return;
  if (!isLast(run, leg)) run.messages.await(leg);
  run.sending(leg.key);
}

/** Takes the result of a message that was handed over. One whose channel the step has left is only brought to its end. */
export function sent(run: JourneyRun, leg: Leg, result: SendMessageResult, now: number): void {
  const reported = run.messages.sent(leg);
  run.dirty = true;
  if (result.kind === 'unknown') run.messages.unclear(leg, result.settleAt);
  if (isCurrent(run, leg)) {
    // A message that may have gone out is waited for on its own channel.
    const patientUntil = leg.unclear ? undefined : now + patience(run, leg);
    return follow(run, leg, nextAfter(result, { last: isLast(run, leg), reported, patientUntil }), now);
  }
  if (result.kind === 'wait') run.messages.unclear(leg, result.until);
  if (result.kind === 'failed' && isNext(run, leg)) toNextChannel(run, leg, { now, reason: result.reason });
}

/** The gate does not let a message go on its channel, or not now. */
export function heldBack(run: JourneyRun, place: Place, why: Exclude<Prepared, { kind: 'ready' }>, now: number): void {
  const patientUntil = now + patience(run, place);
  follow(run, place, nextAfter(why, { last: isLast(run, place), patientUntil }), now);
}

/** The provider has reported something of a message. It matters only while its step waits for it. */
export function heard(run: JourneyRun, { message, status }: MessageStatus, now: number): void {
  const place = run.messages.report(message, status);
  if (!place || run.progressOf(place.key) !== undefined) return;
  const next = nextAfterReport(status);
  if (next.kind === 'end' || isNext(run, place)) follow(run, place, next, now);
}

function follow(run: JourneyRun, place: Place, next: LegNext, now: number): void {
  const { key, hop } = place;
  const reason = next.reason === undefined ? {} : { reason: next.reason };
  switch (next.kind) {
    case 'end':
      return run.mark(key, next.progress, { now, ...reason });
    case 'defer':
      return run.putOff(key, next.until, { now, hop, what: `moved to ${iso(next.until)}`, ...reason });
    case 'next_channel':
      return toNextChannel(run, place, { now, ...reason });
    case 'watch': {
      const what = `sent on ${channel(run, place)}`;
      return run.putOff(key, now + patience(run, place), { now, hop: hop + 1, what, ...reason });
    }
  }
}

function toNextChannel(
  run: JourneyRun,
  { key, hop }: Place,
  line: { readonly now: number; readonly reason?: string },
): void {
  const next = { key, hop: hop + 1 };
  run.putOff(key, line.now, { ...line, hop: next.hop, what: `turned to ${channel(run, next)}` });
}

/** How long a channel of the step has before the step goes to the next one, ms. */
function patience(run: JourneyRun, { key }: Place): number {
  return durationMs(run.stepOf(key)?.failover?.after ?? '0');
}

/** The step stands at this channel. */
function isCurrent(run: JourneyRun, { key, hop }: Place): boolean {
  return run.hopOf(key) === hop;
}

/** The step waits to go to the channel after this one. */
function isNext(run: JourneyRun, { key, hop }: Place): boolean {
  return run.hopOf(key) === hop + 1 && run.progressOf(key) === undefined;
}

function isLast(run: JourneyRun, { key, hop }: Place): boolean {
  return hop + 1 >= channels(run, key).length;
}

function channel(run: JourneyRun, { key, hop }: Place): string {
  return channels(run, key)[hop] ?? 'sms';
}

function channels(run: JourneyRun, key: string): readonly string[] {
  return channelsOf(run.stepOf(key) ?? {});
}
