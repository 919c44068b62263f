import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { connectTemporal, temporalWorkflows } from '../../engine/temporal.ts';
import type { Fact } from '../../domain/orders/events.ts';

it('an engine that is back is tried within five seconds, and settings of the caller go first', async () => {
  const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000, 'grpc.max_send_message_length': 9 };
  const own = connectTemporal({ connectionOptions: { address: '127.0.0.1:1' } });
  const chosen = connectTemporal({ connectionOptions: { address: '127.0.0.1:1', channelArgs } });
  const [ours, theirs] = [own, chosen].map(({ client: { connection } }) =>
    connection instanceof Connection ? connection.options.channelArgs : undefined,
  );
  expect(ours).toMatchObject({ 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 5_000 });
  expect(theirs).toMatchObject({ 'grpc.initial_reconnect_backoff_ms': 200, ...channelArgs });
  await Promise.all([own.close(), chosen.close()]);
});

it('all calls of one row share one time limit, however many facts they tell', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const deadlines: unknown[] = [];
  const signalWithStart = async () => {
    deadlines.push(connection.callContextStorage.getStore()?.deadline);
    // The next call begins later.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return 'run';
  };
  const client = new Client({ connection, interceptors: { workflow: [{ signalWithStart }] } });
  const facts = ['a', 'b', 'c', 'd'].map((id): Fact => ({ id, at: 0, type: 'order_updated' }));
  expect(await temporalWorkflows(client).tell({ brand: 'b', order: 'o' }, facts)).toBe('told');
  expect(deadlines).toEqual(Array.from(facts, () => expect.any(Number) as number));
  expect(new Set(deadlines).size).toBe(1);
  await connection.close();
});
