import { expect, it } from 'vitest';
import { runToJson } from '../helpers/drill.ts';

const PROGRAM_LIMIT = 900_000;

it(
  'the small bench of a message gets every message out and ends with its figures',
  { timeout: PROGRAM_LIMIT },
  async () => {
    const { code, output, figures } = await runToJson('bench/load.ts', '--small');
    // It ends with 1 unless the provider has exactly the messages that were asked for.
    expect(code, output).toBe(0);
    const figure = expect.any(Number);
    expect(figures).toEqual({
      msPerMessage: figure,
      floorMs: figure,
      ratio: figure,
      postgresMs: figure,
      restMb: { api: figure, orders: figure, send: figure },
      p50Ms: figure,
      p99Ms: figure,
    });
  },
);
