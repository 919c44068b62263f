import { randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PayloadKey } from '../../codec/aes-gcm.ts';
import { aesGcmCodec } from '../../codec/aes-gcm.ts';
import { jsonOf, payloadOf } from '../../codec/payload-bytes.ts';

const key = (id: string): PayloadKey => ({ id, key: randomBytes(32) });
const OLD = key('2025');
const NEW = key('2026');
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (one: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(one ?? {});
const bytesOf = (one: Payload | undefined): Buffer => Buffer.from(one?.data ?? []);

describe('the payload codec', () => {
  it('gives back whatever was encrypted, and shows nothing of it', async () => {
    const codec = aesGcmCodec([NEW]);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const [encrypted] = await codec.encode([payload({ secret: 'canary', value })]);
        expect(bytesOf(encrypted).includes('canary')).toBe(false);
        // Before anything is encrypted it is JSON, in which -0 is 0.
        const written: unknown = JSON.parse(JSON.stringify({ secret: 'canary', value }));
        expect(valueOf((await codec.decode([encrypted ?? {}]))[0])).toEqual(written);
      }),
    );
  });

  it('never encrypts the same twice alike', async () => {
    const encrypted = await aesGcmCodec([NEW]).encode([payload(1), payload(1)]);
    expect(bytesOf(encrypted[0])).not.toEqual(bytesOf(encrypted[1]));
  });

  it('reads what a former key has encrypted, and encrypts with the first', async () => {
    const [old] = await aesGcmCodec([OLD]).encode([payload('before')]);
    const rotated = aesGcmCodec([NEW, OLD]);
    expect(valueOf((await rotated.decode([old ?? {}]))[0])).toBe('before');
    const [fresh] = await rotated.encode([payload('after')]);
    expect(Buffer.from(fresh?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('2026');
    await expect(aesGcmCodec([OLD]).decode([fresh ?? {}])).rejects.toThrow('not configured');
  });

  it('lets through what was stored before it was switched on', async () => {
    expect(valueOf((await aesGcmCodec([NEW]).decode([payload({ plain: true })]))[0])).toEqual({ plain: true });
  });

  it('refuses what was changed in any byte, cut short, or put under another key’s name', async () => {
    const [encrypted = {}] = await aesGcmCodec([NEW]).encode([payload('text')]);
    const codec = aesGcmCodec([NEW, OLD]);
    const data = bytesOf(encrypted);
    for (let at = 0; at < data.length; at += 1) {
      const changed = Buffer.from(data);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await expect(codec.decode([{ ...encrypted, data: changed }])).rejects.toThrow(/changed/);
    }
    await expect(codec.decode([{ ...encrypted, data: data.subarray(0, 20) }])).rejects.toThrow(/cut short/);
    const renamed = { ...encrypted.metadata, 'encryption-key-id': Buffer.from('2025') };
    await expect(codec.decode([{ ...encrypted, metadata: renamed }])).rejects.toThrow(/changed/);
  });

  it('writes payloads as the JSON that Temporal’s tools send and expect', () => {
    const json = jsonOf(payload('hello'));
    expect(json).toEqual({ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'ImhlbGxvIg==' });
    expect(valueOf(payloadOf(json))).toBe('hello');
  });
});
