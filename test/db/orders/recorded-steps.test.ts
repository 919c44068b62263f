import { describe, expect, it } from 'vitest';
import type { LastDecision, LastMessage, OrderHistory } from '../../../db/orders/order-history.ts';
import { recordedSteps } from '../../../db/orders/recorded-steps.ts';
import { MINUTE } from '../../../domain/time/duration.ts';
import type { Journey } from '../../../domain/journey/journey.ts';

const AT = Date.UTC(2026, 2, 3, 11);
const failover = { channels: ['rcs', 'sms'], failoverAfter: '10m' } as const;
const journey: Journey = {
  name: 'j',
  version: 1,
  steps: [{ id: 'shipped', act: { send: 'shipped' }, when: 'shipped', ...failover }],
};

const message = (state: LastMessage['state'], differs: Partial<LastMessage> = {}): LastMessage => ({
  step: 'shipped',
  occurrence: 'p1',
  kind: 'shipped',
  channel: 'rcs',
  channel_index: 0,
  awaited: true,
  state,
  reason: null,
  due_at: new Date(AT),
  submitted_at: new Date(AT),
  accepted_at: new Date(AT + MINUTE),
  ...differs,
});
const decision = (differs: Partial<LastDecision>): LastDecision => ({
  step: 'shipped',
  occurrence: 'p1',
  channel: 'rcs',
  outcome: 'wait',
  reason: 'provider_down',
  wait_until: new Date(AT + MINUTE),
  decided_at: new Date(AT),
  ...differs,
});
function steps(known: { readonly message?: LastMessage; readonly decision?: LastDecision }) {
  const history: OrderHistory = {
    order: { id: 'o' } as OrderHistory['order'],
    commands: [],
    decisions: known.decision ? [known.decision] : [],
    messages: known.message ? [known.message] : [],
    causes: [],
    heardAt: 0,
    facts: 0,
    zones: [],
  };
  const { handled, notBefore, channelIndexes } = recordedSteps(journey, history);
  const key = 'shipped#p1';
  return { progress: handled[key], notBefore: notBefore[key], channelIndex: channelIndexes?.[key] ?? 0 };
}

const onSms = (notBefore: number) => ({ progress: undefined, notBefore, channelIndex: 1 });

describe('a step with two channels, read from the record, stands as its run has it', () => {
  it('a message that the provider took is watched, and the next channel comes when its time is over', () => {
    expect(steps({ message: message('accepted') })).toEqual(onSms(AT + 11 * MINUTE));
    expect(steps({ message: message('unknown', { accepted_at: null }) })).toEqual(onSms(AT + 10 * MINUTE));
  });

  it('what was delivered ends it, what was refused turns to the next channel at once', () => {
    for (const state of ['delivered', 'read'] as const)
      expect(steps({ message: message(state) })).toMatchObject({ progress: 'sent', channelIndex: 0 });
    for (const state of ['undeliverable', 'rejected'] as const)
      expect(steps({ message: message(state) })).toEqual(onSms(AT + MINUTE));
  });

  it('a channel that does not work until after its time is left, one that works again in time is waited for', () => {
    expect(steps({ decision: decision({}) })).toMatchObject({ notBefore: AT + MINUTE, channelIndex: 0 });
    const long = decision({ wait_until: new Date(AT + 11 * MINUTE) });
    expect(steps({ decision: long })).toEqual(onSms(AT));
    expect(steps({ decision: { ...long, reason: 'quiet_hours' } })).toMatchObject({ channelIndex: 0 });
  });

  it('an unknown message that was given up does not end it, one that was never submitted does', () => {
    const reason = 'outcome_unknown_given_up';
    expect(steps({ message: message('given_up', { reason, accepted_at: null }) })).toEqual(onSms(AT));
    const never = { reason: 'given_up_by_operator', submitted_at: null, accepted_at: null } as const;
    expect(steps({ message: message('given_up', never) })).toMatchObject({ progress: 'failed' });
  });

  it('the last channel ends it, whatever becomes of its message', () => {
    const last = (state: LastMessage['state'], differs: Partial<LastMessage> = {}) =>
      steps({ message: message(state, { channel: 'sms', channel_index: 1, awaited: false, ...differs }) }).progress;
    expect([last('submitted'), last('accepted'), last('undeliverable'), last('rejected')]).toEqual([
      'sending',
      'sent',
      'sent',
      'failed',
    ]);
    expect(last('skipped', { reason: 'delivered_elsewhere' })).toBe('sent');
    expect(last('skipped', { reason: 'no_address' })).toBe('skipped');
  });
});
