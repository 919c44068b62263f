import { patched, sleep } from '@temporalio/workflow';
import { BASE_CHANNEL, kindRule } from '../domain/sending/message.ts';
import type { ReplyInput } from './contract.ts';
import type { MessageKind } from '../domain/sending/message.ts';
import { deliver, sendFromQueue, prepare } from './deliver.ts';

/**
 * Answers a keyword (stopped, started, help) once per inbound message, through the same gate and ledger as all
 * messages. The answer is sent within 5 minutes or not at all: a late confirmation is worse than none.
 */
export async function reply({ brand, contact, inbound, send, at }: ReplyInput): Promise<string> {
  const usefulUntil = at + kindRule(send).usefulFor;
  for (;;) {
    const prepared = await prepare({
      brand,
      order: null,
      contact,
      step: send,
      occurrence: inbound,
      kind: send,
      channel: BASE_CHANNEL,
      triggeredAt: at,
      dueAt: at,
      usefulUntil,
      inReply: true,
      guards: [],
      asOf: Date.now(),
    });
    if (prepared.kind === 'skip') return prepared.reason;
    const next = prepared.kind === 'ready' ? await deliver(prepared, send) : prepared;
    if (next.kind === 'accepted') return 'sent';
    if (next.kind === 'skip' || next.kind === 'failed') return next.reason;
    if (prepared.kind === 'ready' && next.kind === 'unknown' && patched('unknown-replies-settled'))
      return settled(prepared.message, send, next.settleAt);
    const wakeAt = next.kind === 'wait' ? next.until : next.settleAt;
    await sleep(Math.max(1, wakeAt - Date.now()), { summary: next.kind === 'wait' ? next.reason : 'outcome_unknown' });
  }
}

/**
 * Looks up a reply of unknown outcome in the provider's records, at T1 and T2. The gate is not asked again: at T2 it
 * would find the reply too late, and give up a reply that the customer may have received.
 */
async function settled(message: string, kind: MessageKind, settleAt: number): Promise<string> {
  for (let at = settleAt; ;) {
    await sleep(Math.max(1, at - Date.now()), { summary: 'outcome_unknown' });
    const result = await sendFromQueue(message, kind, true);
    if (result.kind === 'accepted') return 'sent';
    if (result.kind === 'skip' || result.kind === 'failed') return result.reason;
    at = result.kind === 'wait' ? result.until : result.settleAt;
  }
}
