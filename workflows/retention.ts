import { patched, workflowInfo } from '@temporalio/workflow';
import { privacy } from './proxies.ts';

/**
 * Asks the provider to forget what it has named since its person was erased. Then takes away what has been kept for long enough, until
 * there is nothing left of it; what a very long run leaves, the next day's takes. Returns how many rows, by what they were.
 */
export async function retention(): Promise<Readonly<Record<string, number>>> {
  if (patched('late-redactions')) while (await privacy.redactLate({ asOf: Date.now() }));
  const total: Record<string, number> = {};
  for (;;) {
    const { counts, more } = await privacy.sweepExpired({ asOf: Date.now() });
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
    if (!more || workflowInfo().continueAsNewSuggested) return total;
  }
}
