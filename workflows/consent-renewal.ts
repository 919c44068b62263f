import { condition, continueAsNew, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { SendMessageResult } from '../domain/sending/intent.ts';
import type { ConsentPrompt } from '../domain/consent/consent-prompt.ts';
import { DAY } from '../domain/time/duration.ts';
import type { ConsentQuestion } from '../domain/sending/message.ts';
import { BASE_CHANNEL, kindRule } from '../domain/sending/message.ts';
import type { ConsentRenewalInput } from './contract.ts';
import { consentChangedSignal, contactErasedSignal } from './contract.ts';
import type { ReadyMessage } from './deliver.ts';
import { deliver, sendFromQueue, prepare } from './deliver.ts';
import { nextConsentStep, recordConsentAsked } from './proxies.ts';

/** A run wakes at least this often, so that it notices a new worker version and changed rules. */
const LONGEST_SLEEP = 30 * DAY;

/**
 * Asks a contact for a confirmation where the law requires one, and for a renewal in time. The run sleeps until there
 * is a question to ask. It ends when no question is left or the person is gone, and the next consent statement starts
 * a new run. The end of a consent is not written anywhere: the gate counts the days.
 */
export async function consentRenewal({ brand, contact }: ConsentRenewalInput): Promise<string> {
  let changes = 0;
  setHandler(consentChangedSignal, () => {
    changes += 1;
  });
  let erased = false;
  setHandler(contactErasedSignal, () => {
    erased = true;
    changes += 1;
  });
  for (;;) {
    if (erased) return 'erased';
    const before = changes;
    const changed = (): boolean => changes > before;
    const wait = async (until: number, summary: string): Promise<void> => {
      await condition(changed, Math.min(Math.max(1, until - Date.now()), LONGEST_SLEEP), { summary });
    };
    const step = await nextConsentStep({ brand, contact, asOf: Date.now() });
    switch (step.kind) {
      case 'done':
        if (!changed()) return 'nothing to ask';
        continue;
      case 'sleep':
        await wait(step.until, 'until a consent is to be renewed');
        break;
      case 'send':
        await ask({ brand, contact }, step, { wait, changed });
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof consentRenewal>({ brand, contact });
  }
}

interface Waiting {
  readonly wait: (until: number, summary: string) => Promise<void>;
  readonly changed: () => boolean;
}

/**
 * Sends one question through the same gate and ledger as all messages. It is asked once, however the send ends. If
 * the person makes a statement while the question waits, the caller checks anew whether it has to be asked.
 */
async function ask(
  { brand, contact }: ConsentRenewalInput,
  { send, about, usefulUntil = Infinity }: Extract<ConsentPrompt, { kind: 'send' }>,
  { wait, changed }: Waiting,
): Promise<void> {
  const dueAt = Date.now();
  do {
    const prepared = await prepare({
      brand,
      order: null,
      contact,
      step: send,
      occurrence: about,
      kind: send,
      channel: BASE_CHANNEL,
      triggeredAt: dueAt,
      dueAt,
      usefulUntil: Math.min(usefulUntil, dueAt + kindRule(send).usefulFor),
      inReply: false,
      guards: [],
      asOf: Date.now(),
    });
    if (prepared.kind === 'skip') return;
    if (prepared.kind === 'wait') await wait(prepared.until, prepared.reason);
    else {
      const sent = await deliverAndSettle(prepared, send);
      if (sent.kind === 'accepted')
        await recordConsentAsked({ brand, contact, question: send, message: prepared.message, asOf: Date.now() });
      if (sent.kind !== 'wait') return;
      await wait(sent.until, sent.reason);
    }
  } while (!changed());
}

/** Settles an unknown outcome before it returns, because no other run would settle it. */
async function deliverAndSettle(
  ready: ReadyMessage,
  send: ConsentQuestion,
): Promise<Exclude<SendMessageResult, { kind: 'unknown' }>> {
  for (let sent = await deliver(ready, send); ; sent = await sendFromQueue(ready.message, send)) {
    if (sent.kind !== 'unknown') return sent;
    await sleep(Math.max(1, sent.settleAt - Date.now()), { summary: 'outcome_unknown' });
  }
}
