import type { Client } from '@temporalio/client';
import { connectTemporal } from '../../engine/temporal.ts';

/** Ms. The service waits 5 s for an answer: as no program listens here, that shows no more. */
const ANSWERS_WITHIN = 200;

/** A workflow engine that is away: no program listens on port 1. */
export function engineAway(): ReturnType<typeof connectTemporal> {
  const { client, close } = connectTemporal({ connectionOptions: { address: '127.0.0.1:1' } });
  const withDeadline: Client['withDeadline'] = (_, call) => client.withDeadline(Date.now() + ANSWERS_WITHIN, call);
  return { client: Object.assign(Object.create(client) as Client, { withDeadline }), close };
}
