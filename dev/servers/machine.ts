import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The machine that the scripts run on. Everything else in `dev/servers` gets it as an argument. */
export type Machine = {
  /** Environment for programs that are started. */
  readonly env: NodeJS.ProcessEnv;
  /** Folder for programs that are downloaded or built once per machine and user. */
  readonly cacheFolder: string;
};

/**
 * Reads the machine's own variables (PATH, HOME and their like). The service's settings are read in config.ts and nowhere else;
 * these two functions are about the tools around it.
 */
export function thisMachine(env: NodeJS.ProcessEnv = process.env): Machine {
  return { env, cacheFolder: cacheFolder(env, process.platform, homedir()) };
}

/** The user's cache folder for this project, by each system's own convention. An empty variable counts as not set. */
export function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'dopo', 'cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'dopo');
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'dopo');
}

/** Path of a program on PATH, or undefined. */
export function findOnPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

/** Whether the path is a file that this user may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Numeric user and group of a system user, or undefined when there is none of that name. POSIX only. */
export function systemUser(name: string): { uid: number; gid: number } | undefined {
  const ask = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}
