/**
 * `npm start`: the service. It uses the servers that are configured (DATABASE_URL, TEMPORAL_ADDRESS, VONAGE_*) and
 * starts the others itself: PostgreSQL in the data folder, the Temporal dev server with its Web UI, and the fake
 * Vonage with a phone per customer.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { connectTemporal } from '../engine/temporal.ts';
import { loadBrand } from '../brands/load.ts';
import { dataConverterOf } from '../codec/data-converter.ts';
import type { ServiceParts } from '../app/compose.ts';
import { openParts } from '../app/compose.ts';
import type { Config } from '../app/config.ts';
import { ConfigProblems, environment, readConfig } from '../app/config.ts';
import { ownerOfKey } from '../db/access/api-keys.ts';
import { createApiKey, revokeApiKey } from '../commands/access/api-keys.ts';
import { saveBrand } from '../commands/orders/save-brand.ts';
import type { Db } from '../db/connection/connect.ts';
import { WrongSecret } from '../commands/contacts/check-secret.ts';
import { OtherVersion } from '../db/schema/migrate.ts';
import { PAGES_PATH } from '../pages/preferences/router.ts';
import type { SecretList } from '../app/secrets.ts';
import { deriveKeys } from '../app/secrets.ts';
import { quietTemporal, searchAttributes, startInstallation } from './installation.ts';
import type { Engine } from './installation.ts';
import { reasonAgainstFake } from '../cli/fake-allowed.ts';
import { keepRunningNote } from '../cli/running-installation.ts';
import { namesOfNumbers } from '../db/contacts/contacts.ts';
import { freePort } from './servers/free-port.ts';
import { thisMachine } from './servers/machine.ts';
import { startPostgres } from './servers/postgres.ts';
import { sdkDownloader } from './servers/sdk-download.ts';
import { startDevServer } from './servers/start-dev-server.ts';
import { resolveTemporalCli } from './servers/temporal-dev-server.ts';

const say = (line: string): void => console.log(line);
/** The usual ports. If one is busy, a free one is taken. */
const PORTS = { postgres: 5544, temporal: 7233, temporalUi: 8233, vonage: 8082 };

/** Label of the key that is kept in the data folder. */
const KEY_LABEL = 'npm start';
/** The scopes that the tour in the README needs. */
const SCOPES_OF_THE_TOUR = ['orders:write', 'orders:read'] as const;

/** Stops a part that was started. */
type Ending = () => Promise<void>;

interface Opened<T> {
  readonly value: T;
  readonly url: string;
  readonly end: Ending;
}

/** The configured database, or one of the data folder, and the parts on it. */
async function openDatabase(config: Config): Promise<Opened<ServiceParts>> {
  const { databaseUrl, migrationUrl, dataFolder } = config;
  const keys = deriveKeys(await secretsOf(config), config.linkSecrets);
  const embedded =
    databaseUrl === undefined
      ? await startPostgres({ dataFolder: resolve(dataFolder, 'postgres'), port: PORTS.postgres, log: say })
      : undefined;
  const url = databaseUrl ?? embedded?.url ?? '';
  const owner = embedded ? embedded.migrationUrl : migrationUrl;
  try {
    const urls = { databaseUrl: url, ...(owner !== undefined && { migrationUrl: owner }) };
    const parts = await openParts(urls, keys, config);
    return {
      value: parts,
      url: embedded ? url : 'as configured',
      end: async () => {
        await parts.db.destroy();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw aboutDataFolder(error, config);
  }
}

/**
 * Names the file of the data folder that the error is about, because the reader has set neither DOPO_SECRET nor
 * DATABASE_URL.
 */
function aboutDataFolder(error: unknown, { secrets, databaseUrl, dataFolder }: Config): unknown {
  if (error instanceof WrongSecret && secrets === undefined)
    return new WrongSecret(
      `${error.message}\nIt was read from ${join(dataFolder, 'secret')}: after a change of the secret write the new one into that file.`,
    );
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof OtherVersion && databaseUrl === undefined)
    return new OtherVersion(
      `${cause.message}\nIt is in ${dataFolder}: move that folder away, and the next start begins with an empty one.`,
    );
  return error;
}

interface OpenedEngine extends Opened<Engine> {
  /** `host:port` of the frontend. */
  readonly address: string;
}

async function openEngine({ temporal, dataFolder, payloadKeys }: Config): Promise<OpenedEngine> {
  const configured = temporal ? loadClientConnectConfig() : undefined;
  const server = configured ? undefined : await startDev(dataFolder);
  const connectionOptions = configured?.connectionOptions ?? { address: server?.address ?? '' };
  const namespace = configured?.namespace ?? 'default';
  const connection = await NativeConnection.connect(connectionOptions);
  const dataConverter = dataConverterOf(payloadKeys);
  const encrypted = dataConverter && { dataConverter };
  const { client, close } = connectTemporal({ connectionOptions, namespace, ...encrypted });
  return {
    value: { client, connection, namespace, ...encrypted },
    address: server?.address ?? 'as configured',
    url: server ? (server.uiUrl ?? 'of the server that was running') : 'as configured',
    end: async () => {
      await close();
      await connection.close();
      await server?.stop();
    },
  };
}

async function startDev(dataFolder: string) {
  const machine = thisMachine();
  const program = await resolveTemporalCli(machine, sdkDownloader(machine), say);
  return startDevServer({
    program,
    searchAttributes,
    dbFile: resolve(dataFolder, 'temporal.db'),
    port: PORTS.temporal,
    uiPort: PORTS.temporalUi,
  });
}

/**
 * The demo's shop and a key for it, kept in the data folder so that a restart leaves callers alone. Its preference page is the one of
 * this server, so that the links on the phones open it.
 */
async function openShop(db: Db, dataFolder: string, apiUrl: string): Promise<string> {
  const demo = loadBrand(new URL('../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  const brand = { ...demo, links: { ...demo.links, preferences: `${apiUrl}${PAGES_PATH}` } };
  const file = join(dataFolder, 'api-key');
  const now = Date.now();
  await saveBrand(db, brand, now);
  const kept = await readKept(file);
  if (kept !== '' && (await ownerOfKey(db, kept, now))) return kept;
  // The file is gone, and with it the key with this label.
  await revokeApiKey(db, brand.id, KEY_LABEL, now, KEY_LABEL);
  const key = await createApiKey(db, { brand: brand.id, label: KEY_LABEL, scopes: SCOPES_OF_THE_TOUR }, now);
  await keep(file, key);
  return key;
}

/** The configured secret, or one made at the first start and kept beside the databases that depend on it. */
async function secretsOf({ secrets, dataFolder }: Config): Promise<SecretList> {
  if (secrets) return secrets;
  const file = join(dataFolder, 'secret');
  const kept = await readKept(file);
  if (kept !== '') return [kept];
  const made = randomBytes(32).toString('base64url');
  await keep(file, made);
  return [made];
}

/** Empty when there is none. */
async function readKept(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}

/** For this user's eyes only. */
async function keep(file: string, value: string): Promise<void> {
  await writeFile(file, `${value}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}

function stopSignal(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done());
  });
}

async function main(): Promise<void> {
  const given = environment();
  // The lines of requests would scroll the addresses and the key out of view.
  const logLevel = given['LOG_LEVEL'] === '' ? undefined : given['LOG_LEVEL'];
  const config = readConfig({ ...given, LOG_LEVEL: logLevel ?? 'warn' }, { database: false, vonage: false });
  const refused = reasonAgainstFake(config);
  if (refused.length > 0) throw new ConfigProblems(refused);
  const stopped = stopSignal();
  // The service stops before the servers that it uses. Those stop side by side.
  const endings: Record<'service' | 'servers', Ending[]> = { service: [], servers: [] };
  let stoppingAt: number | undefined;
  await mkdir(config.dataFolder, { recursive: true });
  quietTemporal();
  try {
    const database = await openDatabase(config);
    endings.servers.push(database.end);
    const engine = await openEngine(config);
    endings.servers.push(engine.end);
    const provider = config.vonage
      ? ({ kind: 'vonage', account: config.vonage } as const)
      : ({
          kind: 'fake',
          receipts: 'after_response',
          port: await freePort(PORTS.vonage),
          phonesFile: join(config.dataFolder, 'phones.jsonl'),
          namesOf: (numbers: readonly string[]) => namesOfNumbers(database.value.db, numbers),
          // The stand-in may run for weeks, and its records need only the messages of the last day.
          mostLogged: 5_000,
        } as const);
    const [port, opsPort] = [await freePort(config.port), await freePort(config.http.opsPort)];
    const settings = { ...config, port, http: { ...config.http, opsPort } };
    const installation = await startInstallation(database.value, engine.value, provider, settings);
    endings.service.push(() => installation.stop());
    if (config.databaseUrl === undefined) {
      const [secret] = await secretsOf(config);
      const removeNote = keepRunningNote(config.dataFolder, {
        DATABASE_URL: database.url,
        ...(config.secrets === undefined && { DOPO_SECRET: secret }),
        ...(!config.temporal && { TEMPORAL_ADDRESS: engine.address }),
        ...installation.vonageSettings,
      });
      endings.service.push(async () => removeNote());
    }
    say('');
    say(`API           ${installation.api.url}   (its reference: ${installation.api.url}/docs)`);
    if (config.databaseUrl === undefined)
      say(
        `API key       ${await openShop(database.value.db, config.dataFolder, installation.api.url)}   (of the demo's shop)`,
      );
    say(`Operators     ${installation.api.opsUrl}   (/healthz, /readyz, /metrics)`);
    say(`Phones        ${installation.vonage?.url ?? 'the real ones: Vonage is configured'}`);
    say(`Temporal      ${engine.address}`);
    say(`Temporal UI   ${engine.url}`);
    say(`PostgreSQL    ${database.url}`);
    say(`Data          ${resolve(config.dataFolder)}`);
    say('\nCtrl-C stops the service. Orders, timers and texts are kept for the next npm start.');
    await Promise.race([stopped, installation.failed]);
    stoppingAt = performance.now();
    say('\nStopping. Requests and sends under way end first, which may take some seconds.');
  } finally {
    for (const ends of [endings.service, endings.servers]) await Promise.all(ends.map((end) => end()));
  }
  say(
    `Stopped in ${((performance.now() - (stoppingAt ?? performance.now())) / 1000).toFixed(1)} s. npm start goes on where it was.`,
  );
}

function isForTheReader(error: unknown): error is Error {
  return [ConfigProblems, WrongSecret, OtherVersion].some((kind) => error instanceof kind);
}

try {
  await main();
} catch (error) {
  console.error(isForTheReader(error) ? error.message : error);
  // All our parts have ended. The thread of a worker that could not be created may still run, and would keep the
  // process alive.
  process.exit(1);
}
