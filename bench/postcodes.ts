/**
 * `node dev/run.mjs bench/postcodes.ts`: the cost of finding the zone of a postcode. Milliseconds of the first
 * look-up, which loads the data, and of the next 10,000, all different; megabytes that the process grows by.
 */
import { createRequire } from 'node:module';
import { createPostcodes } from '../rules/postcodes.ts';

const NEXT = 10_000;

const before = megabytes();
const zoneOf = createPostcodes();
line('growth before the first look-up', megabytes() - before, 'MB');

const start = performance.now();
zoneOf('US', '10001');
line('first look-up', performance.now() - start, 'ms');
line('growth by the first look-up', megabytes() - before, 'MB');

const { codes }: { codes: Record<string, unknown> } = createRequire(import.meta.url)('zipcodes');
const zips = Object.keys(codes).filter((code) => /^\d/.test(code));
// Every fourth postcode, so that the look-ups are spread over the country as orders are.
const asked = Array.from({ length: NEXT }, (_, index) => zips[(index * 4 + 1) % zips.length] ?? '');

const middle = performance.now();
for (const zip of asked) zoneOf('US', zip);
const all = performance.now() - middle;
line(`next ${NEXT.toLocaleString('en')} look-ups`, all, 'ms');
line('each of them', all / NEXT, 'ms');
line('growth by all look-ups', megabytes() - before, 'MB');

/** Resident, after collecting what is collectable where Node was started with --expose-gc. */
function megabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 1e6;
}

function line(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(40)} ${value.toFixed(3).padStart(10)} ${unit}`);
}
