/**
 * Ends a connection whose statement gets no answer. The server's limits do not help if the server is gone: after a
 * failover, or if a NAT has forgotten the connection, nothing answers and nothing closes it.
 */
import type { Client } from 'pg';

type Answered = (error: Error | null, result: unknown) => void;
type Ask = (config: unknown, answered?: Answered) => unknown;

/** The first statement of a transaction without limits. */
export const WITHOUT_LIMITS =
  'set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0';

/** Callers take it as any other network error (unavailable.ts). */
class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';
  constructor() {
    super('the database does not answer');
  }
}

/** Statements as knex writes them. The end of a savepoint does not end the transaction. */
const EDGE_OF_TRANSACTION = /^(?:begin|commit|rollback);?$/i;

/**
 * Returns the function that a pool calls with each new connection. It closes a connection that was silent for `most`
 * ms while a statement ran; its statements fail, and the pool opens another one. The driver's own limit
 * (`query_timeout`) would return the connection to the pool, where the next statement would wait behind the lost one.
 */
export function endsUnanswered(most: number): (connection: Client) => void {
  return (connection) => {
    const ask = connection.query.bind(connection) as Ask;
    let open = 0;
    let isLimited = true;
    let isLost = false;
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = open > 0 && isLimited ? setTimeout(giveUp, most) : undefined;
    };
    const giveUp = (): void => {
      isLost = true;
      void connection.end();
    };
    const watched: Ask = (config, answered) => {
      // A stream of rows has no callback here, and may be read slowly.
      const text = textOf(config);
      if (!answered || text === undefined) return ask(config, answered);
      if (text === WITHOUT_LIMITS) isLimited = false;
      else if (EDGE_OF_TRANSACTION.test(text)) isLimited = true;
      open += 1;
      if (open === 1) watch();
      return ask(config, (error, result) => {
        open -= 1;
        watch();
        answered(error && isLost ? new NoAnswer() : error, result);
      });
    };
    connection.query = watched as Client['query'];
  };
}

function textOf(config: unknown): string | undefined {
  const { text, submit } = config as { text?: unknown; submit?: unknown };
  return typeof text === 'string' && submit === undefined ? text : undefined;
}
