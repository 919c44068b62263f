import { expect, it } from 'vitest';
import { createVonageSender } from '../../../vonage/client.ts';
import { newApplication, startFakeVonage } from '../../../vonage/fake/fake.ts';

it('a fake that is given an account takes messages signed with its key, and no others', async () => {
  const application = await newApplication();
  const fake = await startFakeVonage({
    clock: { now: () => Date.now() },
    apiKey: 'test',
    signatureSecret: 'a-secret-of-this-test',
    receipts: 'manual',
    statusUrl: 'http://127.0.0.1:1/status',
    inboundUrl: 'http://127.0.0.1:1/inbound',
    application,
  });
  const message = {
    channel: 'sms',
    to: '+393331234567',
    from: 'Dopo',
    text: 'Ciao',
    clientRef: 'a'.repeat(32),
    encoding: 'text',
    class: 'transactional',
  } as const;
  const senderWith = (privateKey: string) =>
    createVonageSender({ applicationId: application.id, privateKey, baseUrl: fake.url, timeoutMs: 5_000 });
  try {
    expect(await senderWith(application.privateKey).send(message)).toMatchObject({ kind: 'accepted' });
    const stranger = await newApplication();
    expect(await senderWith(stranger.privateKey).send(message)).toMatchObject({ kind: 'refused' });
    expect(fake.messages()).toHaveLength(1);
  } finally {
    await fake.close();
  }
});
