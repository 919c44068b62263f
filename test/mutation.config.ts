import { defineConfig } from 'vitest/config';

/** The tests that judge mutants of domain/ (dev/mutate.ts): those that need no server and load no native module. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/{domain,journeys,rules,templates}/**/*.test.ts', 'test/workflows/order/*.test.ts'],
    // One asks for a database, the others start programs, in which no change is seen.
    exclude: [
      'test/domain/sending/lane.test.ts',
      'test/rules/{holidays,show}.test.ts',
      'test/templates/placeholders.test.ts',
    ],
    setupFiles: 'test/helpers/generators.ts',
    // A change is tried by every test that comes across it: fewer cases each, or a file takes an hour.
    provide: { seed: 20_261_130, numRuns: 25 },
    // One worker for all files that try a change, with its modules loaded once. The next change has a new one.
    isolate: false,
    testTimeout: 30_000,
  },
});
