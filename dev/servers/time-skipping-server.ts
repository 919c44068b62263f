import { chmod, copyFile, writeFile, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from './cache.ts';
import { findOnPath, type Machine } from './machine.ts';
import { withProgress } from './progress.ts';
import { type Log, resolveProgram } from './resolve.ts';
import { runHidden } from './run-program.ts';
import { downloadWay, type Downloader } from './sdk-download.ts';
import { configuredWay, keptWay, pathWay } from './ways.ts';
import { createHash } from 'node:crypto';

/** dev/temporal-test-server/pom.xml pins the same version. */
const SERVER_VERSION = '1.38.0';
const CACHE_NAME = `temporal-test-server-${SERVER_VERSION}`;
const DOWNLOAD = { kind: 'time-skipping', version: `v${SERVER_VERSION}` } as const;
const POM = fileURLToPath(new URL('../temporal-test-server/pom.xml', import.meta.url));
/** As `sha256sum *.jar` prints them. Maven compares a file with the sum beside it, and an attacker who changes one changes both. */
const SUMS = fileURLToPath(new URL('../temporal-test-server/jars.sha256', import.meta.url));
const PROGRAM = 'temporal-test-server';
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/**
 * Path of the time-skipping test server: what DOPO_TEMPORAL_TEST_SERVER_PATH names (a program; an address cannot work, the SDK
 * skips time only on a server it has started), else `temporal-test-server` on PATH, else its jars from Maven, whose sums we have, with a
 * small script around them, else, where that is asked for by name, the SDK's download. Throws an error that names every way if none works.
 */
export async function resolveTestServer(machine: Machine, download: Downloader, log: Log): Promise<string> {
  const ways = [
    configuredWay('DOPO_TEMPORAL_TEST_SERVER_PATH', machine.env['DOPO_TEMPORAL_TEST_SERVER_PATH'], false),
    pathWay(PROGRAM, machine),
    keptWay([join(machine.cacheFolder, CACHE_NAME, PROGRAM)]),
    { name: 'from Maven', find: async () => ({ path: await buildTestServer(machine, log) }) },
    downloadWay(machine, DOWNLOAD, download),
  ];
  return await resolveProgram('Temporal time-skipping server', ways, log);
}

/** About a minute with a cold Maven repository, 38 MB of jars. */
async function buildTestServer(machine: Machine, log: Log): Promise<string> {
  if (process.platform === 'win32') throw new Error('the script around the jars is for POSIX shells only');
  const maven = findOnPath('mvn', machine.env);
  const java = findOnPath('java', machine.env);
  if (!maven || !java) throw new Error(`no ${maven ? 'java' : 'mvn'} on PATH (Java 17 or newer and Maven make it)`);
  const build = async (into: string) => {
    // Maven writes next to the pom, and the project's folder may be read-only.
    await copyFile(POM, join(into, 'pom.xml'));
    const args = [
      '-q',
      '-B',
      '--strict-checksums',
      '-f',
      join(into, 'pom.xml'),
      COPY_JARS,
      `-DoutputDirectory=${join(into, 'jars')}`,
    ];
    await withProgress('Fetching the Temporal time-skipping server with Maven (once per machine, about 1 min)', () =>
      runHidden(maven, args, { cwd: into, env: machine.env }),
    );
    await compareSums(join(into, 'jars'), SUMS);
    await writeFile(join(into, PROGRAM), launcher());
    await chmod(join(into, PROGRAM), 0o755);
  };
  const folder = await builtOnce(machine.cacheFolder, CACHE_NAME, build, () =>
    log('Temporal time-skipping server: another run is fetching it, waiting'),
  );
  return join(folder, PROGRAM);
}

/**
 * `exec` because the SDK kills its direct child. The loop before it ends the server when the process that started it is gone
 * without a word (SIGKILL), which the SDK cannot do. C1 and the serial collector start fastest; the SDK waits 5 s at most.
 */
function launcher(): string {
  return `#!/bin/sh
here=$(dirname "$0")
parent=$PPID
server=$$
(
  while kill -0 "$parent" && kill -0 "$server"; do sleep 2; done
  kill -9 "$server"
) >/dev/null 2>&1 </dev/null &
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp "$here/jars/*" io.temporal.testserver.TestServer "$1"
`;
}

/** Compares every file of a folder with a list as `sha256sum` prints it. Throws for one that differs, is missing or is not in the list. */
export async function compareSums(folder: string, list: string): Promise<void> {
  const lines = (await readFile(list, 'utf8')).split('\n').filter((line) => line !== '');
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  const found = await readdir(folder);
  const missing = [...sums.keys()].filter((name) => !found.includes(name));
  const other: string[] = [];
  for (const name of found) if ((await sumOf(join(folder, name))) !== sums.get(name)) other.push(name);
  if (missing.length === 0 && other.length === 0) return;
  const what = [...other.map((name) => `${name} is not what it was`), ...missing.map((name) => `${name} is missing`)];
  throw new Error(`not the files whose sums are in ${list}: ${what.join(', ')}`);
}

async function sumOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
