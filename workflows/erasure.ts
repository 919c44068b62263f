import { getExternalWorkflowHandle, isCancellation, sleep } from '@temporalio/workflow';
import { MINUTE } from '../domain/duration.ts';
import type { ErasureInput } from './contract.ts';
import { consentWorkflowId, contactErasedSignal, orderWorkflowId } from './contract.ts';
import { privacy } from './proxies.ts';

/** What was under way when a run was told: a send takes 15 s at most, and a retry of one finds the number stopped. */
const SETTLES_WITHIN = 2 * MINUTE;

/**
 * Erases a person. Their runs end before anything is removed, so that none of them writes anew what has gone. Our own data goes before
 * the provider is asked: that may take hours, as a message has to be an hour old, or days, where it is away.
 */
export async function erasure({ erasure: id, brand, contact, requestedAt }: ErasureInput): Promise<string> {
  const step = (): { erasure: string; asOf: number } => ({ erasure: id, asOf: Date.now() });
  do {
    await privacy.suppressPerson(step());
    const orders = await privacy.closeOrders(step());
    let ended = 0;
    for (const run of [...orders.map((order) => orderWorkflowId(brand, order)), consentWorkflowId(brand, contact)])
      if (await endRun(run)) ended += 1;
    await privacy.ordersEnded({ ...step(), ended });
    await sleep(SETTLES_WITHIN, { summary: 'what is under way ends' });
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

/** False: there is no such run, or it has ended. */
async function endRun(workflowId: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(contactErasedSignal);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
