/** The workers of `main.ts`. Apart from the API, so that a process loads nothing of the service that it does not run. */
import { NativeConnection } from '@temporalio/worker';
import { addressTokens } from '../db/addresses/address-token.ts';
import { accessCodes } from '../commands/privacy/access-codes.ts';
import { SETTLING } from '../domain/sending/ledger.ts';
import type { Common, Started } from './compose.ts';
import { reaching } from './compose.ts';
import { freshLink } from '../pages/link.ts';
import { loadTemplates } from '../templates/load.ts';
import { openAccount } from '../vonage/account.ts';
import type { Queue } from '../workflows/queues.ts';
import { installRuntime, startWorkers } from './worker.ts';

export async function openWorker(common: Common, queues: readonly Queue[]): Promise<Started> {
  const { config, vonage, log, db, clock, rules, keys, connectionOptions, namespace, dataConverter } = common;
  installRuntime(log);
  const address = connectionOptions.address ?? 'its default address';
  const connection = await reaching(`Temporal at ${address}`, NativeConnection.connect(connectionOptions));
  const account = openAccount(vonage, SETTLING.answerWithin);
  const workers = await startWorkers(
    {
      db,
      tokenOf: addressTokens(keys.addresses),
      linkOf: (owner, now) => freshLink(keys.links, owner, now),
      codeOf: accessCodes(keys.codes),
      rules,
      // Read when the orders queue asks for them: sends have no use for 10 MB of texts.
      get templates() {
        return loadTemplates();
      },
      ...account,
      settling: SETTLING,
      clock,
      sendsInPlace: config.sendsInPlace,
      orderEventsKeptFor: config.orderEventsKeptFor,
    },
    {
      connection,
      namespace,
      queues,
      sendRate: config.sendRate,
      graceMs: config.shutdownGraceMs,
      ...(dataConverter && { dataConverter }),
    },
  );
  log.info({ service: 'worker', kind: queues.join(',') }, 'polling');
  const failed = workers.done.then(() => new Promise<never>(() => undefined));
  const stop = async (): Promise<void> => {
    await workers.stop();
    await connection.close();
  };
  return { failed, stop };
}
