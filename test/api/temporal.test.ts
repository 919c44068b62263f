import { Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { connectTemporal } from '../../api/temporal.ts';

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
