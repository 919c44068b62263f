/**
 * `DOPO_TEST_SEED`: a number, or `random`, draws other values in the property tests and shuffles the files and their
 * tests; the same number repeats a run. Without it every run is the same, so a red test shows the change and not
 * chance.
 */
export interface Seed {
  readonly seed: number;
  readonly shuffled: boolean;
}

const USUAL = 20_261_130;

export function readSeed(): Seed {
  const said = process.env['DOPO_TEST_SEED'] ?? '';
  if (said === '') return { seed: USUAL, shuffled: false };
  const seed = said === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(said);
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`DOPO_TEST_SEED is a whole number or "random", not ${said}`);
  // The tool that looks for dead code reads vitest's configuration, too, and draws a number that nothing uses.
  if (process.env['VITEST'] !== undefined)
    console.info(`DOPO_TEST_SEED=${seed} draws the same values and the same order again`);
  return { seed, shuffled: true };
}
