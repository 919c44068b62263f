import { condition, continueAsNew, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { SendMessageResult } from '../domain/sending/send-result.ts';
import type { ConsentStep } from '../domain/consent/consent-prompt.ts';
import { DAY } from '../domain/time/duration.ts';
import type { ConsentQuestion } from '../domain/sending/message.ts';
import { kindRule } from '../domain/sending/message.ts';
import type { ConsentRenewalInput } from './contract.ts';
import { consentChangedSignal, contactErasedSignal } from './contract.ts';
import type { ReadyMessage } from './deliver.ts';
import { deliver, handOver, prepare } from './deliver.ts';
import { nextConsentStep, recordConsentAsked } from './proxies.ts';

/** A run that wakes learns of a new worker version, and of rules that have changed. */
const LONGEST_SLEEP = 30 * DAY;

/**
 * Watches over what a contact has consented to: asks for a confirmation where the law wants one, and for a renewal in time. It sleeps until
 * there is something to ask, and ends when there is nothing to wait for, or no person; the next statement starts it anew. That a consent
 * has ended is not written anywhere: the gate counts the days itself.
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
 * Puts one question through the same gate and ledger as everything else. However it ends, it is not put again; when the person says
 * something while it waits, whether it is still one is asked anew.
 */
async function ask(
  { brand, contact }: ConsentRenewalInput,
  { send, about, usefulUntil = Infinity }: Extract<ConsentStep, { kind: 'send' }>,
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
      channel: 'sms',
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

/** Finds out whether it has gone out, whatever else happens: no other run would. */
async function deliverAndSettle(
  ready: ReadyMessage,
  send: ConsentQuestion,
): Promise<Exclude<SendMessageResult, { kind: 'unknown' }>> {
  for (let sent = await deliver(ready, send); ; sent = await handOver(ready.message, send)) {
    if (sent.kind !== 'unknown') return sent;
    await sleep(Math.max(1, sent.settleAt - Date.now()), { summary: 'outcome_unknown' });
  }
}
