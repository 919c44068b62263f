/** The real send activity on a real database, with the real client pointed at the stand-in for Vonage. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import type { CheckConsentResult } from '../../../activities/check-consent.ts';
import { createCheckConsent } from '../../../activities/check-consent.ts';
import type { SendMessageDeps } from '../../../activities/send/send-message.ts';
import type { SendMessageResult, Intent } from '../../../domain/sending/intent.ts';
import { createSendMessage } from '../../../activities/send/send-message.ts';
import type { Receipt } from '../../../domain/sending/ledger.ts';
import { SETTLE_RULES } from '../../../domain/sending/ledger.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { recordStatus } from '../../../db/sending/ledger/statuses.ts';
import { rules } from '../../helpers/rules.ts';
import type { MessageSender } from '../../../vonage/port.ts';
import type { FakeVonage } from '../../../vonage/fake/fake.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, attemptsOf, intended, openLedger, planned } from '../../helpers/ledger.ts';
import { tokenOf } from '../../helpers/keys.ts';
import { startStage } from '../../vonage/receiver.ts';

export { rules };

/** Epoch ms. `asOf`: when the workflow asked, noon unless told otherwise. `scheduledAt`: when the server scheduled this attempt. */
export interface Times {
  readonly asOf?: number;
  readonly scheduledAt?: number;
  /** The worker's clock when the activity begins: long after, if the queue was long. */
  readonly startedAt?: number;
  readonly settleOnly?: true;
}

export function runSend(
  deps: Omit<SendMessageDeps, 'clock' | 'settling' | 'tokenOf'> & Partial<SendMessageDeps>,
  message: string,
  times: Times = {},
): Promise<SendMessageResult> {
  const { asOf = NOON, scheduledAt = 1, startedAt = 1, ...more } = times;
  const clock = { now: () => startedAt };
  const info = { currentAttemptScheduledTimestampMs: scheduledAt };
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  return environment.run(createSendMessage({ settling: SETTLE_RULES, tokenOf, ...deps, clock }), {
    message,
    asOf,
    ...more,
  });
}

export interface Sending extends Ledger {
  /** Receipts are held back; a test posts what it is about. */
  readonly fake: FakeVonage;
  readonly sender: MessageSender;
  send(message: string, times?: Times): Promise<SendMessageResult>;
  /** Requests that reached the provider since this was asked last. */
  requests(): number;
  /** Asks whether a message may go: when it is due, or as of another moment. */
  check(order: PlacedOrder, overrides?: Partial<Intent>, asOf?: number): Promise<CheckConsentResult>;
  /** A message that was sent when it was due. Returns its id; throws unless it was accepted. */
  sent(order: PlacedOrder, overrides: Partial<Intent> & { readonly dueAt: number }): Promise<string>;
}

export async function startSending(): Promise<Sending> {
  const ledger = await openLedger();
  const { fake, sender, close } = await startStage('manual');
  const { db } = ledger;
  const checkConsent = createCheckConsent({ db, rules });
  const send: Sending['send'] = (message, times) => runSend({ db, rules, sender }, message, times);
  let seen = 0;
  return {
    ...ledger,
    fake,
    sender,
    send,
    check: (order, overrides, asOf) => {
      const message = intended(order, overrides);
      return checkConsent({ ...message, asOf: asOf ?? message.dueAt });
    },
    sent: async (order, overrides) => {
      const message = await planned(db, order, overrides);
      const { kind } = await send(message, { asOf: overrides.dueAt });
      if (kind !== 'accepted') throw new Error(`not accepted: ${kind}`);
      return message;
    },
    requests() {
      const before = seen;
      seen = fake.messages().length + fake.refused().length;
      return seen - before;
    },
    close: async () => {
      await close();
      await ledger.close();
    },
  };
}

/** A status webhook about the last attempt of a message, or the `number`th. */
export async function receipt(db: Db, message: string, status: Receipt, { at = NOON + 1000, number = 0 } = {}) {
  const attempt = (await attemptsOf(db, message)).at(number - 1);
  if (!attempt) throw new Error('no such attempt');
  const providerId = attempt.provider_id ?? randomUUID();
  return recordStatus(db, { clientRef: attempt.client_ref, providerId, receipt: status, at }, at);
}
