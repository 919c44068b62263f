import { describe, expect, it } from 'vitest';
import { createStatusBatch } from '../../../api/webhooks/routes.ts';
import type { StatusReport, StatusResult } from '../../../db/sending/ledger/statuses.ts';

const STORED: StatusResult = { kind: 'stored', told: false, brand: 'bottega', contact: 'c' };
const report = (providerId: string): StatusReport => ({ providerId, receipt: 'delivered', at: 0 });

/** A writer whose transactions end when the test says so. */
function slowWriter() {
  const batches: { readonly ids: string[]; commit(): void; fail(error: Error): void }[] = [];
  const { store } = createStatusBatch(
    (reports) =>
      new Promise((resolve, reject) => {
        const ids = reports.map(({ providerId }) => providerId);
        batches.push({ ids, commit: () => resolve(reports.map(() => STORED)), fail: reject });
      }),
  );
  /** The answers so far, in the order of the calls. */
  const answers: string[] = [];
  const post = (id: string) => {
    const index = answers.push('waiting') - 1;
    return store(report(id)).then(
      ({ kind }) => void (answers[index] = kind),
      (error: Error) => void (answers[index] = error.message),
    );
  };
  return { batches, post, answers, ids: () => batches.map((batch) => batch.ids) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const gone = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
const outOfRange = Object.assign(new Error('out of range'), { code: '22003' });

describe('a batch of statuses', () => {
  it('is written at once when nothing else is being written', () => {
    const { post, ids } = slowWriter();
    void post('a');
    expect(ids()).toEqual([['a']]);
  });

  it('collects what comes while another is being written, up to 200', async () => {
    const { post, batches, ids } = slowWriter();
    void post('first');
    const others = Array.from({ length: 250 }, (_, index) => `s${index}`);
    for (const id of others) void post(id);
    expect(ids()).toEqual([['first']]);
    batches[0]?.commit();
    await settled();
    batches[1]?.commit();
    await settled();
    expect(ids()).toEqual([['first'], others.slice(0, 200), others.slice(200)]);
  });

  it('is answered only when it has been committed', async () => {
    const { post, batches, answers } = slowWriter();
    void post('a');
    void post('b');
    await settled();
    expect(answers).toEqual(['waiting', 'waiting']);
    batches[0]?.commit();
    await settled();
    expect(answers).toEqual(['stored', 'waiting']);
  });

  it('that meets no database fails with all that wait, and the next one is tried', async () => {
    const { post, batches, answers } = slowWriter();
    for (const id of ['a', 'b', 'c']) void post(id);
    batches[0]?.fail(gone);
    await settled();
    expect(answers).toEqual(['gone', 'gone', 'gone']);
    void post('d');
    batches[1]?.commit();
    await settled();
    expect(answers.at(-1)).toBe('stored');
  });

  it('with one that cannot be stored is written one by one: only that one fails', async () => {
    const written: string[][] = [];
    const { store } = createStatusBatch(async (reports) => {
      written.push(reports.map(({ providerId }) => providerId));
      if (reports.some(({ providerId }) => providerId === 'bad')) throw outOfRange;
      return reports.map(() => STORED);
    });
    const results = await Promise.allSettled(['first', 'a', 'bad', 'b'].map((id) => store(report(id))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(written).toEqual([['first'], ['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
  });
});
