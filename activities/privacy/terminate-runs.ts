/** Ends runs by the engine's termination. A signal would need the run's own code to work. */
import { Context, heartbeat } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';

/** Attempts of the activity before it leaves runs that the engine refuses to end: an hour of retries, in which an operator can look. */
const TRIES = 20;
/** Concurrent calls. A person has some tens of orders, a test account thousands. */
const AT_ONCE = 10;
/** Deadline of these calls, ms of wall time, because gRPC knows no other clock. If the engine does not answer, the activity is retried. */
const ANSWERS_WITHIN = 5_000;

export interface Terminated {
  readonly terminated: number;
  /** Runs that the engine refused to end in every attempt. */
  readonly left: number;
}

/** Terminates those of the runs that are open. Throws, to be retried, while the engine refuses and attempts are left. */
export async function terminateAll(workflowIds: readonly string[]): Promise<Terminated> {
  const { client, info } = Context.current();
  let terminated = 0;
  const refused: unknown[] = [];
  for (let at = 0; at < workflowIds.length; at += AT_ONCE) {
    const end = async (id: string): Promise<void> => {
      try {
        await client.workflow.getHandle(id).terminate('the person is being erased');
        terminated += 1;
      } catch (error) {
        // The run never existed, or has ended.
        if (!(error instanceof WorkflowNotFoundError)) refused.push(error);
      }
    };
    const some = workflowIds.slice(at, at + AT_ONCE);
    await client.withDeadline(Date.now() + ANSWERS_WITHIN, () => Promise.all(some.map(end)));
    heartbeat();
  }
  if (refused.length > 0 && info.attempt < TRIES) throw refused[0];
  return { terminated, left: refused.length };
}
