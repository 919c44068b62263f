import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { withoutFixtures } from './test/conformance/fixtures.ts';
import { readSeed } from './test/helpers/seed.ts';

/** Ask for no server (test/helpers/servers.ts), so they run on every save: `npm run check`. One that asks all the same fails. */
const PURE = [
  'test/*.test.ts',
  'test/{app,brands,codec,demo,docs,histories,ingest,journeys,kit,rules,templates,vonage}/**/!(abuse-watch|evidence-export|open-parts).test.ts',
  'test/{telemetry/log,api/http/json,api/webhooks/webhooks-batch,workflows/order/*}.test.ts',
  'test/engine/{call-failure,pace,periodic,temporal}.test.ts',
  'test/conformance/{phone,segments,vonage}.test.ts',
  'test/domain/**/!(lane).test.ts',
  'test/drills/{herd-judge,send-judge,send-plan,webhooks-judge}.test.ts',
  'test/pages/**/{form-seal,link}.test.ts',
  'test/cli/!(reconcile).test.ts',
  'test/dev/**/!(postgres).test.ts',
];

/**
 * They start programs that take long. Each has a process of its own, and they come first: a worker that begins one of them last works on
 * alone.
 */
const PROGRAMS = [
  'test/end-to-end/**/*.test.ts',
  'test/attacks/identity.test.ts',
  'test/drills/{abuse,send,herd,restart,stop}.test.ts',
  'test/bench/load.test.ts',
  'test/conformance/play.test.ts',
];

/** Those that take longest, longest first, then the others with programs. A fresh clone has no durations to go by. */
const LONGEST = [
  'drills/send',
  'end-to-end/services-apart',
  'drills/restart',
  'drills/stop',
  'end-to-end/preference-page',
  'drills/abuse',
  'end-to-end/command-line',
  'bench/load',
  'end-to-end/acceptance',
  'end-to-end/npm-start',
];
/** The same of the files without programs. */
const LONGEST_IN_PROCESS = [
  'attacks/engine-calls',
  'attacks/flooded-order',
  'workflows/demo',
  'attacks/evidence',
  'attacks/exports',
  'workflows/order-journey',
  'db/outbox/outbox',
  'workflows/outage',
  'db/plans',
  'db/contacts/any-order',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId, project }: TestSpecification): number => {
      const names = project.name === 'programs' ? LONGEST : LONGEST_IN_PROCESS;
      const place = names.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return (project.name === 'programs' ? 0 : 100) + (place < 0 ? names.length : place);
    };
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

const WITHOUT = withoutFixtures() ? ['test/conformance/**'] : [];

const { seed, shuffled } = readSeed();
const sequence = { seed, shuffle: { files: shuffled, tests: shuffled } };
/** The tests of a file that has a database or servers of its own are a story in the order in which they are written. */
const inFiles = { seed, shuffle: { files: shuffled, tests: false } };

export default defineConfig({
  test: {
    // Temporal's native module and worker threads do not go together.
    pool: 'forks',
    globalSetup: 'test/helpers/global-setup.ts',
    setupFiles: 'test/helpers/generators.ts',
    provide: { seed },
    // Only what hangs meets these limits: beside other work a test of three seconds has taken forty.
    hookTimeout: 300_000,
    testTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    maxWorkers: 3,
    ...(!shuffled && { sequence: { sequencer: LongestFirst } }),
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: PURE,
          exclude: WITHOUT,
          // Half of the time would go into loading the same modules for each file.
          isolate: false,
          provide: { seed, pure: true },
          sequence: { ...sequence, groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parallel',
          include: ['test/**/*.test.ts'],
          exclude: [...PURE, ...PROGRAMS, ...WITHOUT],
          // decisions/0094-test-files-share-a-process.md
          isolate: false,
          sequence: { ...inFiles, groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'programs',
          include: PROGRAMS,
          exclude: WITHOUT,
          sequence: { ...inFiles, groupOrder: 1 },
        },
      },
    ],
  },
});
