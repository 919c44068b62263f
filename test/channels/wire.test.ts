import { expect, it } from 'vitest';
import { CHANNEL } from '../../channels/all.ts';
import { MESSAGE_CLASSES } from '../../domain/sending/message.ts';
import { checkRequest } from '../../vonage/fake/request.ts';

it('RCS calls a promotion by its name, and nothing else', () => {
  for (const each of MESSAGE_CLASSES) {
    const category = each === 'promotional' ? 'promotion' : 'transaction';
    expect(CHANNEL.rcs.wireFields({ encoding: 'text', class: each })).toEqual({ rcs: { category } });
  }
});

it('the stand-in takes a text on WhatsApp without a time to live, and refuses it with one', () => {
  const body = { channel: 'whatsapp', message_type: 'text', to: '393331234567', from: '393399957001', text: 'Ciao' };
  expect(checkRequest(Buffer.from(JSON.stringify(body)))).toMatchObject({ kind: 'ok' });
  expect(checkRequest(Buffer.from(JSON.stringify({ ...body, ttl: 60 })))).toMatchObject({ kind: 'invalid' });
});
