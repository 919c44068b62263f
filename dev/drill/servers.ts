/**
 * The servers of every drill: a real PostgreSQL and a real Temporal dev server. They end with the drill's process,
 * however that ends (dev/servers/guarded-process.ts).
 */
import { migrateLatest } from '../../db/schema/migrate.ts';
import { quietTemporal, searchAttributes, VIRTUAL_SECRET } from '../installation.ts';
import { thisMachine } from '../servers/machine.ts';
import type { EmbeddedPostgres } from '../servers/postgres.ts';
import { startPostgres } from '../servers/postgres.ts';
import { sdkDownloader } from '../servers/sdk-download.ts';
import type { DevServer } from '../servers/start-dev-server.ts';
import { startDevServer } from '../servers/start-dev-server.ts';
import { resolveTemporalCli } from '../servers/temporal-dev-server.ts';
import { addressTokens } from '../../db/addresses/store.ts';
import type { Store } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import { deriveKeys } from '../../app/secrets.ts';

const say = (line: string): void => console.log(line);

/** A migrated database. With `dataFolder` and `port` it can be stopped and started again as the same one. */
export async function startDatabase(
  options: {
    readonly dataFolder?: string;
    readonly port?: number;
    readonly parameters?: Readonly<Record<string, string>>;
  } = {},
): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ ...options, log: say });
  await migrateLatest({ ...postgres, databaseUrl: postgres.url });
  return postgres;
}

/** The dev server without Web UI. With `dbFile` and `port` it can be stopped and started again as the same one. */
export async function startTemporal(
  options: { readonly dbFile?: string; readonly port?: number } = {},
): Promise<DevServer> {
  const machine = thisMachine();
  const program = await resolveTemporalCli(machine, sdkDownloader(machine), say);
  return startDevServer({ ...options, program, searchAttributes, uiPort: false });
}

/** Something that was started. */
export type Ending = () => Promise<void> | void;

/**
 * Runs a drill as the whole work of this process. `begun` registers parts that have to be stopped afterwards, in
 * reverse order. The exit code is 0 if the drill returns true, 1 if it returns false or fails, and 130 on Ctrl-C.
 */
export async function runAsDrill(drill: (begun: (ending: Ending) => void) => Promise<boolean>): Promise<never> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  quietTemporal();
  const endings: Ending[] = [];
  let passed = false;
  try {
    passed = await drill((ending) => endings.push(ending));
    for (const end of endings.toReversed()) await end();
  } catch (error) {
    console.error(error);
    passed = false;
  }
  // Ends the process even if a connection hangs on a server that was killed.
  process.exit(passed ? 0 : 1);
}

/** The keys of a drill's own database, which is thrown away. */
export const SECRET = VIRTUAL_SECRET;
export const keys = deriveKeys([SECRET]);
export const tokenOf = addressTokens(keys.addresses);

export function storeOf<Handle extends Db>(db: Handle): Store<Handle> {
  return { db, tokenOf };
}
