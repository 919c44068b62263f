/** One race of the STOP drill: the real send activity against a person who says no. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { FaultPoint } from '../../../activities/send/hand-over.ts';
import { createSendMessage } from '../../../activities/send/send-message.ts';
import { SETTLE_RULES } from '../../../domain/sending/ledger.ts';
import { sayNo } from './no.ts';
import { DRILL_NOON, placeOrderOf, planMessage } from './customers.ts';
import type { StopMoment, RacePlan } from './plan.ts';
import type { StopStage } from './stage.ts';
import { tokenOf } from '../../../dev/drill/servers.ts';

/**
 * The time that a no of each kind takes on this machine, ms: a running mean. Head starts are multiples of it, so that
 * they fit any machine.
 */
export type RacePace = Map<string, number>;

/** The seam of the send at which a no begins; `stored`: and is committed before the send goes on. */
const AT: Readonly<Partial<Record<StopMoment, { readonly point: FaultPoint; readonly stored: boolean }>>> = {
  at_gate: { point: 'gate_read', stored: false },
  within: { point: 'gate_read', stored: true },
  at_call: { point: 'submitted', stored: false },
};

/** Runs a race to its end. Returns the messages that it was about. */
export async function runRace(stage: StopStage, plan: RacePlan, pace: RacePace): Promise<readonly string[]> {
  const orders = plan.scenario === 'two_orders' ? [1, 2] : [1];
  const place = async () => {
    const messages: string[] = [];
    for (const number of orders) {
      const order = `race-${plan.index}-${number}`;
      const contact = await placeOrderOf(stage, plan.index, order);
      messages.push(await planMessage(stage, { contact, order, kind: plan.kind }));
      person.resolve(contact);
    }
    return messages;
  };
  const person = Promise.withResolvers<string>();
  const way = `${plan.scenario} ${plan.through}`;
  const typical = pace.get(way) ?? 10;
  let said: Promise<void> | undefined;
  const no = (): Promise<void> => (said ??= timed(() => sayNo(stage, plan, () => person.promise), pace, way));

  // A newcomer is placed while the race is on; everybody else is known before.
  let messages = plan.scenario === 'newcomer' ? undefined : await place();
  if (plan.moment === 'before') await no();
  const faultPoint = async (point: FaultPoint): Promise<void> => {
    const at = AT[plan.moment];
    if (at?.point !== point) return;
    if (at.stored) await no();
    else void no().catch(() => undefined);
    if (plan.moment === 'at_gate') await sleep(plan.sendAfter * typical);
  };
  const send = async (): Promise<void> => {
    if (plan.moment === 'at_once') await sleep(plan.sendAfter * typical);
    messages ??= await place();
    await Promise.all(messages.map((message) => sendOne(stage, message, faultPoint)));
  };
  await Promise.all([send(), plan.moment === 'at_once' ? sleep(plan.noAfter * typical).then(no) : undefined]);
  await no();
  return messages ?? [];
}

async function sendOne(
  { db, rules, sender }: StopStage,
  message: string,
  faultPoint: (point: FaultPoint) => Promise<void>,
): Promise<void> {
  const environment = new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: DRILL_NOON },
    { logger: new DefaultLogger('ERROR') },
  );
  const clock = { now: () => DRILL_NOON };
  const sendMessage = createSendMessage({ db, tokenOf, rules, sender, clock, settling: SETTLE_RULES, faultPoint });
  await environment.run(sendMessage, { message, asOf: DRILL_NOON });
}

async function timed(work: () => Promise<void>, pace: RacePace, way: string): Promise<void> {
  const begun = performance.now();
  await work();
  const took = performance.now() - begun;
  pace.set(way, 0.9 * (pace.get(way) ?? took) + 0.1 * took);
}
