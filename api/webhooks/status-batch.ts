/**
 * Status webhooks of many callers in few transactions: while one batch is being written the next one collects. No timer is
 * waited for, so a webhook that comes alone is written alone and at once.
 */
import type { StatusReport, StatusResult } from '../../db/sending/ledger/statuses.ts';
import { isUnavailable } from '../../db/connection/unavailable.ts';

export interface StatusBatch {
  /** Resolves when the transaction that holds the status has been committed, and rejects when it has not. */
  store(report: StatusReport): Promise<StatusResult>;
}

interface Waiting {
  readonly report: StatusReport;
  readonly resolve: (result: StatusResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Beyond a few hundred rows a statement takes longer in proportion, and all of them would wait for it. */
const MOST = 200;

/** `write` stores reports in one transaction and says what became of each, in their order. */
export function createStatusBatch(write: (reports: StatusReport[]) => Promise<readonly StatusResult[]>): StatusBatch {
  const queue: Waiting[] = [];
  let writing = false;

  async function writeAll(): Promise<void> {
    writing = true;
    while (queue.length > 0) await writeBatch(queue.splice(0, MOST));
    writing = false;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await write(batch.map(({ report }) => report));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result) resolve(result);
        else reject(new Error('a status without a result'));
      }
    } catch (error) {
      // Without a database the others can only wait in vain: the provider is to come again with all of them.
      if (isUnavailable(error)) for (const { reject } of [...batch, ...queue.splice(0)]) reject(error);
      else if (batch.length === 1) batch[0]?.reject(error);
      // One that cannot be stored is not to take the others with it.
      else for (const one of batch) await writeBatch([one]);
    }
  }

  return {
    store: (report) =>
      new Promise((resolve, reject) => {
        queue.push({ report, resolve, reject });
        if (!writing) void writeAll();
      }),
  };
}
