import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const workflow = readFileSync(new URL('../../.github/workflows/test.yml', import.meta.url), 'utf8');

it('every action is used by its exact version or by the hash of a commit, so that a moved tag changes nothing', () => {
  const used = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
  expect(used.length).toBeGreaterThan(1);
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w/-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
});

it('runs on the Node of the lock file and on a named release of Ubuntu, not on the latest of either', () => {
  const { devDependencies } = z
    .object({ devDependencies: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
  const said = (key: string): (string | undefined)[] =>
    [...workflow.matchAll(new RegExp(`${key}: (.*)`, 'g'))].map(([, value]) => value);
  expect(said('node-version')).toEqual([devDependencies.node]);
  expect(said('runs-on')).toEqual([expect.stringMatching(/^ubuntu-\d\d\.\d\d$/)]);
});

it('the workflow may read the repository and nothing else', () => {
  expect(workflow).toMatch(/^permissions:\n {2}contents: read\njobs:/m);
});
