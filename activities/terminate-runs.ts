/** Ends runs from the outside. A signal needs the run's own code to work; the engine's termination does not. */
import { Context, heartbeat } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';

/** Tries of the activity before runs that the engine refuses to end are left: an hour of retries, by when somebody can have looked. */
const TRIES = 20;
/** Calls under way at a time: a person has some tens of orders at the very most, a test account thousands. */
const AT_ONCE = 10;
/** Ms of wall time for as many: gRPC knows no other. An engine that does not answer is asked again by the retry. */
const ANSWERS_WITHIN = 5_000;

export interface Terminated {
  readonly terminated: number;
  /** Those that the engine refused to end, again and again. */
  readonly left: number;
}

/** Ends those of the runs that are under way. Throws, to be tried again, while the engine refuses and there are tries left. */
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
        // It never ran, or has ended.
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
