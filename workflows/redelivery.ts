import { sleep } from '@temporalio/workflow';
import type { RedeliveryInput } from './contract.ts';
import { handOver } from './deliver.ts';
import { askStillWanted } from './proxies.ts';

/**
 * Sends a message of the ledger again that an operator or the provider's error has planned anew. The order's own run may be at
 * the same message or long over: the first to submit it in the ledger sends it, and the other finds that out.
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
        const sent = await handOver(message, kind, wanted.kind === 'settle_only');
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
