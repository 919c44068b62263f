/** SQLSTATE of a statement that PostgreSQL ended to resolve a deadlock. */
const DEADLOCK = '40P01';
/** Tries. A transaction that fails this often in a row has another cause than a deadlock. */
const TRIES = 4;

/**
 * Repeats a transaction, or a single statement, that was ended because of a deadlock. Nothing of it was stored in
 * that case.
 */
export async function retryDeadlock<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (tries === TRIES || !(error instanceof Error && 'code' in error && error.code === DEADLOCK)) throw error;
    }
  }
}
