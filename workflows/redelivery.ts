import { sleep } from '@temporalio/workflow';
import type { RedeliveryInput } from './contract.ts';
import { sendFromQueue } from './deliver.ts';
import { askStillWanted } from './proxies.ts';

/**
 * Sends a message of the ledger again after an operator, or the action of an error code, has planned it anew. The
 * order's own run may be sending the same message or may have ended. The first one to submit it in the ledger sends
 * it; the other one learns that from the ledger.
 */
export async function redelivery({ message, kind, at }: RedeliveryInput): Promise<string> {
  await sleepUntil(at, 'redelivery');
  for (;;) {
    const wanted = await askStillWanted({ message, asOf: Date.now() });
    switch (wanted.kind) {
      case 'skip':
        return wanted.reason;
      case 'wait':
        await sleepUntil(wanted.until, 'paused');
        continue;
      case 'wanted':
      case 'held':
      case 'settle_only': {
        const sent = await sendFromQueue(message, kind, wanted.kind === 'settle_only');
        if (sent.kind === 'accepted') return 'sent';
        if (sent.kind === 'skip' || sent.kind === 'failed') return sent.reason;
        if (sent.kind === 'wait') await sleepUntil(wanted.kind === 'held' ? wanted.until : sent.until, sent.reason);
        else await sleepUntil(sent.settleAt, 'outcome_unknown');
      }
    }
  }
}

async function sleepUntil(at: number, summary: string): Promise<void> {
  const ms = at - Date.now();
  if (ms > 0) await sleep(ms, { summary });
}
