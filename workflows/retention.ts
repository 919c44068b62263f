import { patched, workflowInfo } from '@temporalio/workflow';
import { privacy } from './proxies.ts';

/**
 * Asks the provider to redact messages whose provider ids became known only after their person was erased. Then
 * deletes rows whose period has ended until none is left; a run that gets very long leaves the rest to the next day.
 * Returns the number of rows by kind.
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
