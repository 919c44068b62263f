import { defineConfig } from 'vitest/config';
import { fixturesFolder } from './test/conformance/fixtures.ts';

/** Each starts servers of its own and waits for them more than it computes: two at a time keep two cores busy. */
const WITH_SERVERS = [
  'test/journeys/**/*.test.ts',
  'test/end-to-end/**/*.test.ts',
  'test/attacks/identity.test.ts',
  'test/drills/{abuse,send,herd,restart,stop}.test.ts',
  'test/conformance/play.test.ts',
];

/** Third parties' payloads are not part of the project. Where they are absent, one line says so. */
const CONFORMANCE = fixturesFolder() === undefined ? ['test/conformance/**'] : [];

export default defineConfig({
  test: {
    // Temporal's native module and worker threads do not go together.
    pool: 'forks',
    globalSetup: 'test/helpers/global-setup.ts',
    hookTimeout: 60_000,
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parallel',
          include: ['test/**/*.test.ts'],
          exclude: [...WITH_SERVERS, ...CONFORMANCE],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: WITH_SERVERS,
          maxWorkers: 2,
          testTimeout: 90_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
