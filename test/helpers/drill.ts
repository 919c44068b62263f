/** A drill or a bench, run as an operator runs it. */
import { afterAll } from 'vitest';
import type { Program } from '../../dev/programs.ts';
import { startProgram } from '../../dev/programs.ts';

/** Drills start servers of their own, so they are asked to end and not killed. */
const running = new Set<Program>();
afterAll(async () => {
  for (const program of running) program.kill('SIGTERM');
  await Promise.all([...running].map(({ ended }) => ended));
});

export interface DrillRun {
  readonly code: number | NodeJS.Signals;
  /** Its last line of JSON: the end of its servers may be told of after it. */
  readonly figures: Readonly<Record<string, number>>;
  /** Its whole output, for the message of an expectation. */
  readonly output: string;
}

/** Runs `test/drills/NAME.ts ARGS` to its end. Throws with all it said if its last line is no JSON. */
export function runDrillProgram(name: string, ...args: readonly string[]): Promise<DrillRun> {
  return runToJson(`test/drills/${name}.ts`, ...args);
}

/** The same for any program that ends with a line of JSON. */
export async function runToJson(file: string, ...args: readonly string[]): Promise<DrillRun> {
  const program = startProgram([file, ...args]);
  running.add(program);
  const code = await program.ended;
  running.delete(program);
  const output = program.output();
  try {
    return {
      code,
      output,
      figures: JSON.parse(output.split('\n').findLast((line) => line.startsWith('{')) ?? '') as DrillRun['figures'],
    };
  } catch {
    throw new Error(`the drill ended with ${code}:\n${output}`);
  }
}
