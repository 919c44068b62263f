/** `npm run docs [-- --check]`: writes the generated parts of the documentation, or only says which pages are out of date. */
import { writeFileSync } from 'node:fs';
import { readPages } from './docs-parts.ts';

const check = process.argv.includes('--check');
const stale = (await readPages()).filter(({ written, current }) => written !== current);
for (const { path, current } of stale) {
  if (!check) writeFileSync(new URL(`../${path}`, import.meta.url), current);
  console.log(`${path}: ${check ? 'out of date, run `npm run docs`' : 'written'}`);
}
if (stale.length === 0) console.log('Every page is up to date.');
if (check && stale.length > 0) process.exitCode = 1;
