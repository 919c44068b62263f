/** `main.ts api`, `main.ts worker [--queues orders,send]`, `main.ts api worker`: the services against configured servers. */
import { parseArgs } from 'node:util';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { PortTaken } from './api/http-server.ts';
import { connectTemporal, temporalWorkflows } from './api/temporal.ts';
import { dataConverterOf } from './codec/data-converter.ts';
import { ConfigProblems, environment, readConfig } from './config.ts';
import { addressTokens } from './db/address-token.ts';
import { connect } from './db/connect.ts';
import { accessCodes } from './db/contacts/access-codes.ts';
import { fillTokens } from './db/contacts/fill-tokens.ts';
import { migrateLatest } from './db/migrate.ts';
import type { Clock } from './domain/clock.ts';
import type { LinkOwner } from './domain/link-owner.ts';
import { SETTLING } from './domain/ledger.ts';
import { createLog } from './log.ts';
import { freshLink } from './pages/link.ts';
import { loadRules } from './rules/load.ts';
import { deriveKeys } from './secrets.ts';
import { startApi } from './services.ts';
import { loadTemplates } from './templates/load.ts';
import { openAccount } from './vonage/account.ts';
import type { Queue } from './worker.ts';
import { QUEUES, installRuntime, startWorkers } from './worker.ts';

const SERVICES = ['api', 'worker'] as const;
type Service = (typeof SERVICES)[number];

const USAGE = 'usage: main.ts api|worker ... [--queues orders,send]';

interface Started {
  /** Rejects when the service fails by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

interface Chosen {
  readonly services: readonly Service[];
  readonly queues: readonly Queue[];
}

/** Undefined: a word that is not known, or no service at all. */
function readArguments(): Chosen | undefined {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: { queues: { type: 'string' } } });
    const services = chosenOf(SERVICES, positionals);
    const queues = values.queues === undefined ? QUEUES : chosenOf(QUEUES, values.queues.split(','));
    return services && queues && { services, queues };
  } catch {
    return undefined;
  }
}

function chosenOf<T extends string>(known: readonly T[], words: readonly string[]): readonly T[] | undefined {
  const chosen = known.filter((one) => words.includes(one));
  return words.length > 0 && words.every((word) => chosen.some((one) => one === word)) ? chosen : undefined;
}

async function main({ services, queues }: Chosen): Promise<void> {
  const stopped = stopSignal();
  const env = environment();
  const config = readConfig(env, { database: true, temporal: true, vonage: true, secret: true });
  const { databaseUrl, vonage, secrets } = config;
  if (databaseUrl === undefined || vonage === undefined || secrets === undefined)
    throw new ConfigProblems(['DATABASE_URL, VONAGE_* and DOPO_SECRET are needed']);
  const log = createLog(config.logLevel);
  const temporal = loadClientConnectConfig();
  const namespace = temporal.namespace ?? 'default';
  const rules = { ...loadRules(), guardBand: config.guardBand };
  const clock: Clock = { now: () => Date.now() };
  const keys = deriveKeys(secrets, config.linkSecrets);
  const tokenOf = addressTokens(keys.addresses);
  const linkOf = (owner: LinkOwner, now: number): string => freshLink(keys.links, owner, now);
  const dataConverter = dataConverterOf(config.payloadKeys);
  const encrypted = dataConverter && { dataConverter };
  await reaching('the database of DATABASE_URL', migrateLatest({ ...config, databaseUrl }));
  const db = connect(databaseUrl, config.pool);
  await fillTokens(db, tokenOf);

  const start = {
    api: async (): Promise<Started> => {
      const { client, close } = connectTemporal({
        connectionOptions: temporal.connectionOptions,
        namespace,
        ...encrypted,
      });
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
    },
    worker: async (): Promise<Started> => {
      installRuntime(log);
      const address = temporal.connectionOptions.address ?? 'its default address';
      const connection = await reaching(`Temporal at ${address}`, NativeConnection.connect(temporal.connectionOptions));
      const account = openAccount(vonage, SETTLING.answerWithin);
      const workers = await startWorkers(
        {
          db,
          tokenOf,
          linkOf,
          codeOf: accessCodes(keys.codes),
          rules,
          templates: loadTemplates(),
          ...account,
          settling: SETTLING,
          clock,
          orderEventsKeptFor: config.orderEventsKeptFor,
        },
        { connection, namespace, queues, sendRate: config.sendRate, graceMs: config.shutdownGraceMs, ...encrypted },
      );
      log.info({ service: 'worker', kind: queues.join(',') }, 'polling');
      const failed = workers.done.then(() => new Promise<never>(() => undefined));
      const stop = async (): Promise<void> => {
        await workers.stop();
        await connection.close();
      };
      return { failed, stop };
    },
  };

  const started: Started[] = [];
  let ends: readonly PromiseSettledResult<void>[] = [];
  try {
    for (const service of services) started.push(await start[service]());
    await Promise.race([stopped, ...started.map(({ failed }) => failed)]);
    log.info('stopping');
  } finally {
    const begunAt = performance.now();
    // All services stop side by side, so that it takes as long as the slowest and not as all together. Facts that the API has accepted
    // are in the inbox, and workers finish the tasks they have begun.
    ends = await Promise.allSettled(started.map((service) => service.stop()));
    await db.destroy();
    log.info({ ms: Math.round(performance.now() - begunAt) }, 'stopped');
  }
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Says which server it is about: the errors of their clients do not. */
async function reaching<T>(server: string, reached: Promise<T>): Promise<T> {
  return reached.catch((cause: unknown) => {
    throw new Error(`${server} cannot be used`, { cause });
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

const chosen = readArguments();
if (chosen === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    await main(chosen);
  } catch (error) {
    console.error(error instanceof ConfigProblems || error instanceof PortTaken ? error.message : error);
    // Everything of ours has ended; the thread of a worker that could not be created has not, and would keep the process.
    process.exit(1);
  }
}
