/**
 * `npm run check`: the fast checks, for every save. The tools that need only the source, and the tests that need no
 * server (the project `pure` of vitest.config.ts), run side by side. The output of a check is printed if it fails.
 * `npm test` runs the same and all other tests.
 */
import { type Heard, TOOLS, runTool, runVitest, secondsSince } from './checks.ts';
import { type Counts, addCounts, lastLine } from './test-counts.ts';

const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

const startedAt = performance.now();
const done = await Promise.all([
  ...TOOLS.map(async ({ title, command }) =>
    check(title, async (hear) => {
      const passed = await runTool(command, hear);
      return { ...NOTHING, ...(passed ? { passed: 1 } : { failed: 1 }) };
    }),
  ),
  check('pure tests', (hear) => runVitest(['--project=pure'], hear)),
]);
const counts = done.reduce(addCounts, NOTHING);
process.stdout.write(`in ${secondsSince(startedAt)}\n${lastLine(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;

async function check(title: string, work: (hear: Heard) => Promise<Counts>): Promise<Counts> {
  const startedAt = performance.now();
  let said = '';
  const counts = await work((text) => {
    said += text;
  });
  const passed = counts.failed === 0;
  if (!passed) process.stdout.write(`\n== ${title}\n${said}`);
  process.stdout.write(`== ${title}: ${passed ? 'passed' : 'FAILED'} after ${secondsSince(startedAt)}\n`);
  return counts;
}
