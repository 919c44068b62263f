import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from './cache.ts';
import { findOnPath, type Machine } from './machine.ts';
import { withProgress } from './progress.ts';
import { type Log, resolveProgram } from './resolve.ts';
import { runHidden } from './run-program.ts';
import { downloadWay, type Downloader } from './sdk-download.ts';
import { configuredWay, keptWay, pathWay } from './ways.ts';

/** Holds server 1.31, the first with upgrade on continue-as-new. dev/temporal-cli/go.mod pins the same version. */
const CLI_VERSION = '1.8.2';
const CACHE_NAME = `temporal-cli-${CLI_VERSION}`;
const DOWNLOAD = { kind: 'dev-server', version: `v${CLI_VERSION}` } as const;
const SOURCE = fileURLToPath(new URL('../temporal-cli', import.meta.url));
const PROGRAM = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/**
 * Path of the Temporal CLI, which holds the dev server: what DOPO_TEMPORAL_CLI_PATH names (a program, or the `host:port` of a
 * server that already runs), else `temporal` on PATH, else a build with Go from sources whose sums we have, which is kept for the next
 * run, else, where that is asked for by name, the SDK's download. Throws an error that names every way if none works.
 */
export async function resolveTemporalCli(machine: Machine, download: Downloader, log: Log): Promise<string> {
  const ways = [
    configuredWay('DOPO_TEMPORAL_CLI_PATH', machine.env['DOPO_TEMPORAL_CLI_PATH'], true),
    pathWay('temporal', machine),
    keptWay([join(machine.cacheFolder, CACHE_NAME, PROGRAM)]),
    { name: 'built with Go', find: async () => ({ path: await buildCli(machine, log) }) },
    downloadWay(machine, DOWNLOAD, download),
  ];
  return await resolveProgram('Temporal dev server', ways, log);
}

/** About 5 minutes on two cores with cold Go caches, 250 MB, no cgo: pure Go down to its SQLite. */
async function buildCli(machine: Machine, log: Log): Promise<string> {
  const go = findOnPath('go', machine.env);
  if (!go) throw new Error('no Go compiler on PATH (1.26 or newer builds it)');
  const build = async (into: string) => {
    const args = ['build', '-trimpath', '-o', join(into, PROGRAM), 'github.com/temporalio/cli/cmd/temporal'];
    await withProgress('Building the Temporal dev server with Go (once per machine, about 5 min)', () =>
      runHidden(go, args, { cwd: SOURCE, env: { ...machine.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' } }),
    );
  };
  const folder = await builtOnce(machine.cacheFolder, CACHE_NAME, build, () =>
    log('Temporal dev server: another run is building it, waiting'),
  );
  return join(folder, PROGRAM);
}
