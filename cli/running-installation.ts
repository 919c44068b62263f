/**
 * A file in the data folder of a running `npm start`: the address of its database and its secret. Operator commands
 * without a DATABASE_URL act on that installation.
 */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { environment } from '../app/config.ts';

type Environment = ReturnType<typeof environment>;

const note = z.object({ pid: z.int().positive(), settings: z.record(z.string(), z.string()) });

const fileIn = (folder: string): string => join(folder, 'running.json');

/** Writes the file so that only this user can read it. Returns a function that removes it. */
export function keepRunningNote(folder: string, settings: Readonly<Record<string, string>>): () => void {
  const file = fileIn(folder);
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, settings })}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return () => rmSync(file, { force: true });
}

const NEXT_STEP = 'Run npm start in another terminal, or set DATABASE_URL to the database of an installation.';

/**
 * The environment, completed from a running `npm start` if it names no database. `say` reports which installation was
 * found.
 */
export function operatorEnvironment(
  given: Environment = environment(),
  say: (line: string) => void = (line) => console.error(line),
): Environment {
  if ((given['DATABASE_URL'] ?? '') !== '') return given;
  const folder = given['DOPO_DATA'] ?? 'data';
  const running = readNote(fileIn(folder));
  if (!running) {
    say(`No npm start runs in ${folder}, and DATABASE_URL is not set. ${NEXT_STEP}`);
    return given;
  }
  if (!isAlive(running.pid)) {
    say(
      `The npm start of ${folder} has ended (process ${running.pid}); its file running.json is left over. ${NEXT_STEP}`,
    );
    return given;
  }
  say(`On the installation in ${folder} (npm start, process ${running.pid}).`);
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
  return { ...running.settings, ...set };
}

/** Undefined: there is no file that can be read. */
function readNote(file: string): z.output<typeof note> | undefined {
  try {
    return note.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
