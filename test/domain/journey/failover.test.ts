import { describe, expect, it } from 'vitest';
import type { SendMessageResult } from '../../../domain/sending/intent.ts';
import type { SkipReason, WaitReason } from '../../../domain/sending/reason.ts';
import { SKIP_REASONS, WAIT_REASONS } from '../../../domain/sending/reason.ts';
import type { Circumstances } from '../../../domain/journey/failover.ts';
import { nextAction, nextActionAfterReport } from '../../../domain/journey/failover.ts';

const TEN = 10;
const first: Circumstances = { last: false, failoverDeadline: TEN };
const last: Circumstances = { last: true, failoverDeadline: TEN };
const wait = (reason: WaitReason, until: number): SendMessageResult => ({
  kind: 'wait',
  until,
  reason,
});

describe('after a message on a channel that is not the last', () => {
  it('an accepted or unclear one is watched, unless its receipt was there first', () => {
    const unclear = { kind: 'unknown', settleAt: 5 } as const;
    expect(nextAction({ kind: 'accepted' }, first)).toEqual({ kind: 'watch' });
    expect(nextAction(unclear, first)).toEqual({ kind: 'watch', reason: 'outcome_unknown' });
    for (const result of [{ kind: 'accepted' }, unclear] as const) {
      expect(nextAction(result, { ...first, reported: 'delivered' })).toMatchObject({ kind: 'end', progress: 'sent' });
      expect(nextAction(result, { ...first, reported: 'rejected' })).toMatchObject({ kind: 'next_channel' });
    }
  });

  it('only what was refused on the channel alone turns to the next', () => {
    const movedOn = (Object.keys(SKIP_REASONS) as SkipReason[]).filter(
      (reason) => nextAction({ kind: 'skip', reason }, first).kind === 'next_channel',
    );
    expect(movedOn).toEqual(['no_address', 'no_sender', 'reply_window', 'channel_off', 'category']);
    for (const reason of movedOn)
      expect(nextAction({ kind: 'skip', reason }, last)).toEqual({ kind: 'end', progress: 'skipped', reason });
  });

  it('what the provider refused turns to the next, what was given up does not', () => {
    for (const reason of ['provider_refused', 'undelivered'] as const) {
      expect(nextAction({ kind: 'failed', reason }, first)).toEqual({ kind: 'next_channel', reason });
      expect(nextAction({ kind: 'failed', reason }, last)).toEqual({ kind: 'end', progress: 'failed', reason });
    }
    for (const reason of ['outcome_unknown_given_up', 'given_up_by_operator'] as const)
      expect(nextAction({ kind: 'failed', reason }, first)).toEqual({ kind: 'end', progress: 'failed', reason });
  });

  it('only a channel that does not work for longer than the step is patient is left', () => {
    const left = (Object.keys(WAIT_REASONS) as WaitReason[]).filter(
      (reason) => nextAction(wait(reason, TEN + 1), first).kind === 'next_channel',
    );
    expect(left).toEqual(['provider_busy', 'provider_down', 'stopped']);
    const atOnce = (Object.keys(WAIT_REASONS) as WaitReason[]).filter(
      (reason) => nextAction(wait(reason, TEN), first).kind === 'next_channel',
    );
    expect(atOnce).toEqual(['stopped']);
    for (const reason of left) {
      expect(nextAction(wait(reason, TEN + 1), last)).toMatchObject({ kind: 'defer' });
      expect(nextAction(wait(reason, TEN + 1), { last: false })).toMatchObject({ kind: 'defer' });
    }
  });
});

describe('a step is done', () => {
  it('when the message has arrived on another channel', () => {
    const result = { kind: 'skip', reason: 'delivered_elsewhere' } as const;
    for (const which of [first, last])
      expect(nextAction(result, which)).toMatchObject({ kind: 'end', progress: 'sent' });
  });

  it('when the last channel has it, known or not', () => {
    expect(nextAction({ kind: 'accepted' }, last)).toEqual({ kind: 'end', progress: 'sent' });
    expect(nextAction({ kind: 'unknown', settleAt: 5 }, last)).toMatchObject({ kind: 'end', progress: 'sent' });
  });

  it('when it was delivered or read, and goes on when it was not', () => {
    expect(
      (['delivered', 'read', 'undeliverable', 'rejected'] as const).map((one) => nextActionAfterReport(one).kind),
    ).toEqual(['end', 'end', 'next_channel', 'next_channel']);
  });
});
