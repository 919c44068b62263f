/** The API of `main.ts`. Apart from the worker, so that a process loads nothing of the service that it does not run. */
import { connectTemporal, temporalWorkflows } from '../engine/temporal.ts';
import type { Common, Started } from './compose.ts';
import { startApi } from './api.ts';

/** Throws `PortTaken`. */
export async function openApi(common: Common): Promise<Started> {
  const { config, vonage, log, db, clock, rules, keys, connectionOptions, namespace, dataConverter } = common;
  const { client, close } = connectTemporal({ connectionOptions, namespace, ...(dataConverter && { dataConverter }) });
  const api = await startApi({
    ...config,
    db,
    rules,
    clock,
    workflows: temporalWorkflows(client),
    webhookSecrets: vonage.signatureSecrets,
    applicationId: vonage.applicationId,
    keys,
    log,
    graceMs: config.shutdownGraceMs,
  });
  log.info({ service: 'api', url: api.url, opsUrl: api.opsUrl }, 'listening');
  const stop = async (): Promise<void> => {
    await api.stop();
    await close();
  };
  return { failed: new Promise<never>(() => undefined), stop };
}
