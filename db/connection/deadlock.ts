/** SQLSTATE of the statement that PostgreSQL ended so that others could go on. */
const DEADLOCK = '40P01';
/** A transaction that is ended this often in a row has another cause than bad luck. */
const TRIES = 4;

/** Runs a transaction, or a statement that is one, again when it was ended for a deadlock. Nothing of it has happened then. */
export async function retryDeadlock<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (tries === TRIES || !(error instanceof Error && 'code' in error && error.code === DEADLOCK)) throw error;
    }
  }
}
