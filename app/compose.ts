/**
 * The composition of every process. All processes are made of the same parts. app/api.ts and app/workers.ts make the
 * two services from them, in separate files, so that a process loads no code of a service that it does not run.
 * `main.ts` and `npm start` make the parts from the settings; the demo, the bench, the drills and the tests pass
 * their own database, clock and keys.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from 'pino';
import { dataConverterOf } from '../codec/data-converter.ts';
import type { Config } from './config.ts';
import { ConfigProblems, environment, readConfig } from './config.ts';
import type { Store } from '../db/addresses/store.ts';
import { createStore } from '../db/addresses/store.ts';
import { connect } from '../db/connection/connect.ts';
import type { RuleData } from '../domain/rules/rule-data.ts';
import { checkSecret } from '../commands/contacts/check-secret.ts';
import type { DatabaseUrls } from '../db/schema/migrate.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import type { Clock } from '../domain/time/clock.ts';
import { createLog } from '../telemetry/log.ts';
import type { Rules } from '../rules/load.ts';
import { loadRules } from '../rules/load.ts';
import type { DerivedKeys } from './secrets.ts';
import { deriveKeys } from './secrets.ts';

/** The parts that both services need. The database is migrated, and the program that opened it closes it. */
export interface ServiceParts extends Store {
  readonly clock: Clock;
  readonly rules: Rules & RuleData;
  readonly keys: DerivedKeys;
  readonly log: Logger;
}

/** A service that was started. */
export interface Started {
  /** Rejects when the service fails by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

type Temporal = ReturnType<typeof loadClientConnectConfig>;

/** The parts as the settings of `main.ts` have them, and how its services reach Temporal and the provider. */
export interface Configured extends ServiceParts {
  readonly config: Config;
  readonly vonage: NonNullable<Config['vonage']>;
  readonly connectionOptions: Temporal['connectionOptions'];
  readonly namespace: string;
  /** Encrypts what Temporal stores; Temporal's own when undefined. */
  readonly dataConverter: DataConverter | undefined;
}

/** Reads the settings and opens the parts. Throws `ConfigProblems`, or an error that names the server it is about. */
export async function openConfigured(): Promise<Configured> {
  const config = readConfig(environment(), { database: true, temporal: true, vonage: true, secret: true });
  const { databaseUrl, vonage, secrets } = config;
  if (databaseUrl === undefined || vonage === undefined || secrets === undefined)
    throw new ConfigProblems(['DATABASE_URL, VONAGE_* and DOPO_SECRET are needed']);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const keys = deriveKeys(secrets, config.linkSecrets);
  const parts = await openParts({ ...config, databaseUrl }, keys, config);
  return { ...parts, config, vonage, connectionOptions, namespace, dataConverter: dataConverterOf(config.payloadKeys) };
}

/** Migrates the database and opens the parts on it, with the clock of the machine. Throws `WrongSecret`. */
export async function openParts(
  urls: DatabaseUrls,
  keys: DerivedKeys,
  { pool, guardBand, logLevel }: Pick<Config, 'pool' | 'guardBand' | 'logLevel'>,
): Promise<ServiceParts> {
  const log = createLog(logLevel);
  const rules = { ...loadRules(), guardBand };
  const monthsFailed = (error: unknown): void => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    log.error({ error, code }, 'the months of decisions and statuses could not be kept');
  };
  await reaching('the database of DATABASE_URL', migrateLatest(urls, { monthsFailed }));
  const store = createStore(connect(urls.databaseUrl, pool), keys.addresses);
  try {
    await checkSecret(store);
  } catch (error) {
    await store.db.destroy();
    throw error;
  }
  return { ...store, clock: { now: () => Date.now() }, rules, keys, log };
}

/** Adds the name of the server to the error, because the errors of the clients do not have it. */
export async function reaching<T>(server: string, reached: Promise<T>): Promise<T> {
  return reached.catch((cause: unknown) => {
    throw new Error(`${server} cannot be used`, { cause });
  });
}
