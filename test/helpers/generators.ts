/** Runs before each test file: what fast-check draws comes from the run's seed. A property that fails prints the seed and the path to it. */
import fc from 'fast-check';
import { inject } from 'vitest';

const numRuns = inject('numRuns');
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: inject('seed'), ...(numRuns !== undefined && { numRuns }) });
