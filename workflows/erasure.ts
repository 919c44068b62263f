import { getExternalWorkflowHandle, isCancellation, patched, sleep } from '@temporalio/workflow';
import { MINUTE } from '../domain/time/duration.ts';
import type { ErasureInput } from './contract.ts';
import { consentWorkflowId, contactErasedSignal, orderWorkflowId } from './contract.ts';
import { privacy } from './proxies.ts';

/**
 * Time for sends that were under way when their run was told: a send takes 15 s at most, and its retry finds the
 * number suppressed.
 */
const SETTLES_WITHIN = 2 * MINUTE;

interface ErasureStep {
  readonly erasure: string;
  readonly asOf: number;
}

/**
 * Erases a person. All runs end before anything is removed, so that none of them writes removed data again. Our own
 * data is removed before the provider is asked: a message has to be an hour old for that, and a provider that is away
 * may take days.
 */
export async function erasure({ erasure: id, brand, contact, requestedAt }: ErasureInput): Promise<string> {
  const step = (): ErasureStep => ({ erasure: id, asOf: Date.now() });
  do {
    await privacy.suppressPerson(step());
    const orders = await privacy.closeOrders(step());
    let ended = 0;
    for (const run of [...orders.map((order) => orderWorkflowId(brand, order)), consentWorkflowId(brand, contact)])
      if (await endRun(run)) ended += 1;
    await settle(step, ended);
  } while (!(await privacy.removePersonalData(step())));

  for (;;) {
    const nextAt = await privacy.redactMessages({ ...step(), since: requestedAt });
    if (nextAt === null) break;
    const ms = nextAt - Date.now();
    if (ms > 0) await sleep(ms, { summary: 'until the provider is asked again' });
  }
  await privacy.finishErasure(step());
  return 'erased';
}

/**
 * Waits until the runs that were told have ended, and terminates the others. A terminated run may have had a send under way, so the wait
 * is repeated after it.
 */
async function settle(step: () => ErasureStep, told: number): Promise<void> {
  const summary = { summary: 'what is under way ends' };
  if (!patched('runs-are-ended')) {
    await privacy.ordersEnded({ ...step(), ended: told });
    await sleep(SETTLES_WITHIN, summary);
    return;
  }
  await sleep(SETTLES_WITHIN, summary);
  if ((await privacy.endRuns({ ...step(), told })) > 0) await sleep(SETTLES_WITHIN, summary);
}

/** False: the run does not exist, or has ended. */
async function endRun(workflowId: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(contactErasedSignal);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
