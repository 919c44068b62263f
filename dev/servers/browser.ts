import { access } from 'node:fs/promises';
import { findOnPath, type Machine } from './machine.ts';
import { withProgress } from './progress.ts';
import { type Log, resolveProgram, type ProgramSource } from './resolve.ts';
import { runHidden } from './run-program.ts';
import { configuredWay, pathWay } from './ways.ts';

/** Names of Chromium on Debian, on other Linux systems and where Google's own build is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

const INSTALL_WITHIN = 15 * 60_000;

/**
 * Path of a Chromium for the tests of the pages: what DOPO_BROWSER names, else one on PATH, else Debian's own package, installed by
 * root with apt-get. Throws an error that names every way if none works.
 */
export async function resolveBrowser(machine: Machine, log: Log): Promise<string> {
  const ways = [
    configuredWay('DOPO_BROWSER', machine.env['DOPO_BROWSER'], false),
    ...NAMES.map((name) => pathWay(name, machine)),
    debianWay(machine),
  ];
  return await resolveProgram('Chromium', ways, log);
}

/** About 150 MB. Two runs at once wait for each other at apt's own lock. */
function debianWay(machine: Machine): ProgramSource {
  return {
    name: "Debian's package, installed with apt-get",
    find: async () => {
      const apt = findOnPath('apt-get', machine.env);
      if (apt === undefined || !(await isDebian())) return { refusal: `not Debian or Ubuntu: ${HOW}` };
      if (process.getuid?.() !== 0) return { refusal: `only root can install it here: ${HOW}` };
      const options = { env: { ...machine.env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: INSTALL_WITHIN };
      const wait = ['-o', 'DPkg::Lock::Timeout=600'];
      await withProgress('Installing Chromium with apt-get (once per machine)', async () => {
        await runHidden(apt, [...wait, 'update'], options);
        await runHidden(apt, [...wait, 'install', '-y', '--no-install-recommends', 'chromium'], options);
      });
      const path = findOnPath('chromium', machine.env);
      return path ? { path } : { refusal: `apt-get has installed it, but it is not on PATH: ${HOW}` };
    },
  };
}

const HOW = 'install Chromium or Chrome (Debian: apt-get install chromium), or say in DOPO_BROWSER where it is';

async function isDebian(): Promise<boolean> {
  return access('/etc/debian_version').then(
    () => true,
    () => false,
  );
}
