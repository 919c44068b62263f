/** The parts of an installation that the API and the workers both need, made from the settings. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from 'pino';
import { dataConverterOf } from '../codec/data-converter.ts';
import type { Config } from './config.ts';
import { ConfigProblems, environment, readConfig } from './config.ts';
import { addressTokens } from '../db/addresses/address-token.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import { fillTokens } from '../commands/contacts/fill-tokens.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import type { Clock } from '../domain/time/clock.ts';
import { createLog } from '../telemetry/log.ts';
import type { Rules } from '../rules/load.ts';
import { loadRules } from '../rules/load.ts';
import type { Keys } from './secrets.ts';
import { deriveKeys } from './secrets.ts';

type Temporal = ReturnType<typeof loadClientConnectConfig>;

export interface Common {
  readonly config: Config;
  readonly vonage: NonNullable<Config['vonage']>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly db: Db;
  readonly rules: Rules;
  readonly keys: Keys;
  readonly connectionOptions: Temporal['connectionOptions'];
  readonly namespace: string;
  /** Encrypts what Temporal stores; Temporal's own when undefined. */
  readonly dataConverter: DataConverter | undefined;
}

/** A service that was started. */
export interface Started {
  /** Rejects when the service fails by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Reads the settings and opens the migrated database. Throws `ConfigProblems`, or an error that names the server it is about. */
export async function openCommon(): Promise<Common> {
  const config = readConfig(environment(), { database: true, temporal: true, vonage: true, secret: true });
  const { databaseUrl, vonage, secrets } = config;
  if (databaseUrl === undefined || vonage === undefined || secrets === undefined)
    throw new ConfigProblems(['DATABASE_URL, VONAGE_* and DOPO_SECRET are needed']);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const keys = deriveKeys(secrets, config.linkSecrets);
  const rules = { ...loadRules(), guardBand: config.guardBand };
  const log = createLog(config.logLevel);
  const monthsFailed = (error: unknown): void => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    log.error({ error, code }, 'the months of decisions and statuses could not be kept');
  };
  await reaching('the database of DATABASE_URL', migrateLatest({ ...config, databaseUrl }, { monthsFailed }));
  const db = connect(databaseUrl, config.pool);
  await fillTokens(db, addressTokens(keys.addresses));
  return {
    config,
    vonage,
    log,
    clock: { now: () => Date.now() },
    db,
    rules,
    keys,
    connectionOptions,
    namespace,
    dataConverter: dataConverterOf(config.payloadKeys),
  };
}

/** Says which server it is about: the errors of their clients do not. */
export async function reaching<T>(server: string, reached: Promise<T>): Promise<T> {
  return reached.catch((cause: unknown) => {
    throw new Error(`${server} cannot be used`, { cause });
  });
}
