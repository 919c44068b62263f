import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withProgress } from '../../../dev/servers/progress.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const label = 'Building';
const after = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function written(ms: number, isTTY: boolean): Promise<string> {
  let text = '';
  const work = withProgress(label, after(ms), { isTTY, write: (part) => (text += part) });
  await vi.advanceTimersByTimeAsync(ms);
  await work;
  return text;
}

describe('progress', () => {
  it('says nothing about work that ends within 2 s', async () => {
    expect(await written(1_900, true)).toBe('');
  });

  it('is one line with seconds that count up on a terminal', async () => {
    expect(await written(4_500, true)).toBe(
      ['Building ... 2 s', 'Building ... 3 s', 'Building ... 4 s', 'Building ... done in 5 s\n']
        .map((part) => `\r${part}`)
        .join(''),
    );
  });

  it('is a line at the start, every 30 s and at the end in a log', async () => {
    expect(await written(70_000, false)).toBe(
      'Building ...\nBuilding ... 32 s\nBuilding ... 62 s\nBuilding ... done in 70 s\n',
    );
  });

  it('says after how long work failed, and passes the error on', async () => {
    let text = '';
    const work = withProgress(label, () => after(3_000)().then(() => Promise.reject(new Error('no'))), {
      write: (part) => (text += part),
    });
    const rejected = expect(work).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(3_000);
    await rejected;
    expect(text).toBe('Building ...\nBuilding ... failed after 3 s\n');
  });
});
