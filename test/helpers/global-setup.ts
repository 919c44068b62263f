import { createServer, type Server } from 'node:http';
import type { TestProject } from 'vitest/node';
import { resolveBrowser } from '../../dev/servers/browser.ts';
import { thisMachine } from '../../dev/servers/machine.ts';
import type { DatabaseUrls } from '../../db/schema/migrate.ts';
import { type EmbeddedPostgres, startPostgres, withClient } from '../../dev/servers/postgres.ts';
import { messageOf } from '../../dev/servers/resolve.ts';
import { sdkDownloader } from '../../dev/servers/sdk-download.ts';
import { resolveTemporalCli } from '../../dev/servers/temporal-dev-server.ts';
import { resolveTestServer } from '../../dev/servers/time-skipping-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for what they need; see `Shared`. */
    sharedUrl: string;
    /** Generators draw from it; see `readSeed`. */
    seed: number;
    /** At most so many cases for each property, and less of everything else that is long; absent: as many as each says itself. */
    numRuns?: number;
    /** This test file needs no server. */
    pure?: boolean;
  }
}

/** Servers that all test files of a run share. Each is made when the first file asks for it, so a test of pure rules waits for nothing. */
export type Shared = {
  /**
   * URLs of the run's PostgreSQL, of the service and of the owner, and the name of the migrated database that every test file's own is
   * cloned from.
   */
  readonly postgres: { readonly url: string; readonly migrationUrl: string; readonly template: string };
  /** Paths of the programs. Every test file that needs a Temporal server starts its own. */
  readonly temporalCli: { readonly path: string };
  readonly testServer: { readonly path: string };
  /** A Chromium. */
  readonly browser: { readonly path: string };
};

const TEMPLATE = 'dopo_template';

/** Vitest calls this once per run, in its main process. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const machine = thisMachine();
  const download = sdkDownloader(machine);
  const log = (line: string) => process.stderr.write(`${line}\n`);
  let postgres: Promise<EmbeddedPostgres> | undefined;

  const make: { [Name in keyof Shared]: () => Promise<Shared[Name]> } = {
    postgres: async () => {
      postgres = startPostgres();
      const { url, migrationUrl } = await postgres;
      return { url, migrationUrl, template: await migratedTemplate({ databaseUrl: url, migrationUrl }) };
    },
    temporalCli: async () => ({ path: await resolveTemporalCli(machine, download, log) }),
    testServer: async () => ({ path: await resolveTestServer(machine, download, log) }),
    browser: async () => ({ path: await resolveBrowser(machine, log) }),
  };
  const made = new Map<string, Promise<unknown>>();
  const { server, url } = await listen(async (name) => {
    if (!isName(name, make)) throw new Error(`nothing shared is called ${name}`);
    const result = made.get(name) ?? make[name]();
    made.set(name, result);
    return await result;
  });
  project.provide('sharedUrl', url);
  return async () => {
    server.closeAllConnections();
    server.close();
    await (await postgres)?.stop();
  };
}

function isName(name: string, make: Record<keyof Shared, unknown>): name is keyof Shared {
  return Object.hasOwn(make, name);
}

async function migratedTemplate({ databaseUrl, migrationUrl }: Required<DatabaseUrls>): Promise<string> {
  await withClient(migrationUrl, (client) => client.query(`create database ${TEMPLATE}`));
  const template = (of: string): string => new URL(`/${TEMPLATE}`, of).href;
  // Imported here, as most runs of single files need neither knex nor the migrations.
  const { migrateLatest } = await import('../../db/schema/migrate.ts');
  await migrateLatest({ databaseUrl: template(databaseUrl), migrationUrl: template(migrationUrl) });
  return TEMPLATE;
}

/** Answers `GET /NAME` with what `get` gives as JSON, or with 500 and the reason as text. */
async function listen(get: (name: string) => Promise<unknown>): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    // A file that computes for more than 5 s would ask its next question on a connection that was closed in the
    // meantime.
    response.setHeader('connection', 'close');
    get((request.url ?? '/').slice(1)).then(
      (result) => response.end(JSON.stringify(result)),
      (error: unknown) => response.writeHead(500).end(messageOf(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, url: `http://127.0.0.1:${address.port}` };
}
