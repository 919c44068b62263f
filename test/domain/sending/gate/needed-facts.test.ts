import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRules } from '../../../../domain/rules/applied-rules.ts';
import { maySend } from '../../../../domain/sending/gate/decision.ts';
import { DAY, HOUR } from '../../../../domain/time/duration.ts';
import type { GateGuard } from '../../../../domain/journey/guard.ts';
import type { MessageKind } from '../../../../domain/sending/message.ts';
import { CHANNELS, MESSAGE_KINDS, TOPICS, isMessageKind, kindRule } from '../../../../domain/sending/message.ts';
import type { NeededFacts } from '../../../../domain/sending/gate/needed-facts.ts';
import { ALL_FACTS, neededFacts, sufficesFor } from '../../../../domain/sending/gate/needed-facts.ts';
import { NO_PREFERENCES } from '../../../../domain/consent/choices.ts';
import type { SendFacts } from '../../../../domain/sending/gate/gate.ts';
import { loadRules } from '../../../../rules/load.ts';
import { ROME_NOON, granted, sendFacts, withdrawn } from '../../../helpers/send-facts.ts';
import { runs } from '../../../helpers/whole.ts';

const { packs } = loadRules();
const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);
const GUARDS: readonly GateGuard[] = ['member', 'reordered', 'asked_recently'];

const kind = fc.constantFrom(...KINDS);
const past = fc.integer({ min: ROME_NOON - 40 * DAY, max: ROME_NOON });
const consent = fc.option(
  fc.oneof(
    past.map((at) => granted('soft_opt_in', at)),
    past.map((at) => granted('express_written', at)),
    past.map(withdrawn),
  ),
  {
    nil: undefined,
  },
);
const texts = fc.array(fc.record({ kind, at: past, order: fc.constant('o'), own: fc.boolean() }), { maxLength: 20 });

/** Facts of a person of whom much is on record, for a message of a kind. */
const known = fc
  .record({
    kind,
    channel: fc.constantFrom(...CHANNELS),
    raised: fc.boolean(),
    place: fc.constantFrom('IT', 'US', 'KR', 'DE'),
    guards: fc.subarray([...GUARDS]),
    customer: fc.record({ member: fc.boolean(), reordered: fc.boolean(), asked_recently: fc.boolean() }),
    openCase: fc.boolean(),
    caseClosedAt: past,
    held: fc.boolean(),
    erasureDueAt: fc.integer({ min: ROME_NOON - HOUR, max: ROME_NOON + DAY }),
    lastMessageAt: past,
    transactional: consent,
    promotional: consent,
    listed: fc.boolean(),
    topicsOff: fc.subarray([...TOPICS]),
    channelsOff: fc.subarray([...CHANNELS]),
    mostPerWeek: fc.integer({ min: 0, max: 3 }),
    pausedUntil: fc.integer({ min: ROME_NOON - DAY, max: ROME_NOON + DAY }),
    sent: fc.array(fc.record({ kind, at: past }), { maxLength: 5 }),
    waitingMessages: fc.array(fc.record({ kind, until: fc.integer({ min: ROME_NOON, max: ROME_NOON + DAY }) }), {
      maxLength: 3,
    }),
    texted: texts,
    hour: fc.integer({ min: 0, max: 23 }),
  })
  .map(
    ({
      raised,
      place,
      transactional,
      promotional,
      listed,
      topicsOff,
      channelsOff,
      mostPerWeek,
      pausedUntil,
      hour,
      ...facts
    }): SendFacts => {
      const { class: own } = kindRule(facts.kind);
      const isRaised = raised && facts.channel !== 'sms' && own !== 'compliance';
      const messageClass = isRaised ? 'promotional' : own;
      const now = ROME_NOON + hour * HOUR;
      // A message that only another channel's operator takes for a promotion keeps no distance from a case that is closed.
      const { caseClosedAt, ...others } = facts;
      const sees = neededFacts(facts).caps;
      return sendFacts({
        ...others,
        ...(sees && { caseClosedAt }),
        ...(facts.kind === 'delivery_delayed' && { delay: { promisedAt: now + DAY, first: now } }),
        class: messageClass,
        now,
        consents: {
          day: {
            ...(transactional && { transactional }),
            ...(promotional && { promotional, service_feedback: promotional }),
          },
          night: {},
        },
        lists: { dnc: { listed, at: ROME_NOON } },
        preferences: { topicsOff, channelsOff, mostPerWeek, pausedUntil },
        rules: applyRules(packs, [place], messageClass, now),
        ...(facts.channel === 'rcs' && { sender: 'agent' as const }),
      });
    },
  );

/** The same without what is not needed. */
function without(facts: SendFacts, needed: NeededFacts): SendFacts {
  const { erasureDueAt, lastMessageAt, caseClosedAt, delay, ...rest } = facts;
  return {
    ...rest,
    ...(!needed.choices && { consents: { day: {}, night: {} }, lists: {}, preferences: NO_PREFERENCES }),
    ...(!needed.cases && { openCase: false, held: false }),
    ...(needed.erasure && erasureDueAt !== undefined && { erasureDueAt }),
    ...(needed.spacing && lastMessageAt !== undefined && { lastMessageAt }),
    ...(needed.caps ? caseClosedAt !== undefined && { caseClosedAt } : { sent: [], waitingMessages: [] }),
    ...(!needed.limits && { texted: [] }),
    ...(needed.delay && delay && { delay }),
    ...(!needed.guards && { customer: { ...facts.customer, reordered: false, asked_recently: false } }),
  };
}

describe('facts that are not read for a kind of message', () => {
  it('change nothing about the decision, whatever they are', () => {
    fc.assert(
      fc.property(known, (facts) => {
        expect(maySend(without(facts, neededFacts(facts)))).toEqual(maySend(facts));
      }),
      runs(3_000),
    );
  });

  it('are read where the channel is not known yet', () => {
    for (const each of KINDS)
      for (const channel of CHANNELS) {
        const one = neededFacts({ kind: each, channel });
        const any = neededFacts({ kind: each });
        for (const group of Object.keys(ALL_FACTS) as (keyof NeededFacts)[])
          expect(any[group] || !one[group]).toBe(true);
      }
  });

  it('do not suffice for a step that asks more than whether the person is a member', () => {
    const news = neededFacts({ kind: 'shipped' satisfies MessageKind, guards: [] });
    expect(GUARDS.filter((guard) => sufficesFor(news, [guard]))).toEqual(['member']);
    expect(GUARDS.filter((guard) => sufficesFor(ALL_FACTS, [guard]))).toEqual(GUARDS);
  });
});
