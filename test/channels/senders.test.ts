import { describe, expect, it } from 'vitest';
import { CHANNEL, channelsOfBrand, confirmingOf } from '../../channels/all.ts';
import type { Brand } from '../../domain/orders/brand.ts';

describe('a sender', () => {
  const sending = {
    sender: '+393399957001',
    channels: { rcs: { sender: 'BottegaSole' } },
    senders: {
      US: { sender: '+18005550199', senderKind: 'toll_free', stopHandledBy: 'carrier' },
      CA: { sender: '36179' },
      AE: { sender: 'AD-Bottega', optOutCode: '7726' },
    },
  } as unknown as Brand;

  it("is that of the recipient's country, or else the brand's own", () => {
    expect(CHANNEL.sms.senderFor(sending, 'AE')).toMatchObject({
      name: 'AD-Bottega',
      kind: 'alphanumeric',
      optOutCode: '7726',
    });
    expect(CHANNEL.sms.senderFor(sending, 'US')).toMatchObject({ kind: 'toll_free', stopHandledBy: 'carrier' });
    for (const country of ['IT', undefined])
      expect(CHANNEL.sms.senderFor(sending, country)).toMatchObject({ name: '+393399957001', kind: 'long_number' });
  });

  it('is the agent on RCS, wherever the recipient is', () => {
    expect(CHANNEL.rcs.senderFor(sending, 'US')).toMatchObject({
      name: 'BottegaSole',
      kind: 'agent',
      stopHandledBy: 'us',
    });
    expect(CHANNEL.rcs.senderFor({ sender: '+1' } as Brand, 'US')).toBeUndefined();
  });

  it('says how an opt-out written to it is confirmed', () => {
    expect(confirmingOf(sending, '+18005550199', 'US')).toBe('never');
    expect(confirmingOf(sending, '36179', 'CA')).toBe('each');
    expect(confirmingOf(sending, '36179', 'US')).toBe('once');
    for (const to of ['+393399957001', 'BottegaSole', '+393399957000'])
      expect(confirmingOf(sending, to, 'CA')).toBe('once');
  });

  it('of a channel is one of those that the brand can choose from', () => {
    expect(channelsOfBrand(sending)).toEqual(['sms', 'rcs']);
    expect(channelsOfBrand({ sender: '+1' } as Brand)).toEqual(['sms']);
  });
});
