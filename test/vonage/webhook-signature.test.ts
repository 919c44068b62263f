import { createHash, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signWebhook } from '../../vonage/fake/webhooks.ts';
import { verifyWebhook } from '../../vonage/webhooks.ts';
import { API_KEY, RECEIVER_TIME, SIGNATURE_SECRET } from './receiver.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BODY = Buffer.from('{"status":"delivered", "text":"è"}');
const secretBytes = (secret: string) => new TextEncoder().encode(secret);
const hashOf = (body: Buffer) => createHash('sha256').update(body).digest('hex');

/** A right token's claims; a test changes what it is about. Undefined values are left out. */
function claims(changed: Record<string, unknown> = {}): Record<string, unknown> {
  const all = { api_key: API_KEY, payload_hash: hashOf(BODY), iat: RECEIVER_TIME / 1000, ...changed };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

async function token(changed: Record<string, unknown> = {}, secret = SIGNATURE_SECRET, alg = 'HS256'): Promise<string> {
  const signed = await new SignJWT(claims(changed)).setProtectedHeader({ alg }).sign(secretBytes(secret));
  return `Bearer ${signed}`;
}

function verify(authorization: string | undefined, rawBody = BODY, now = RECEIVER_TIME) {
  return verifyWebhook({ authorization, rawBody, now, secrets: [SIGNATURE_SECRET] });
}

const OTHER = 'another-secret-of-thirty-two-bytes';
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('signed webhooks', () => {
  it('a right signature over the right bytes is ok, and again when it comes twice', async () => {
    const authorization = await token();
    expect(verify(authorization)).toEqual({ kind: 'ok', apiKey: API_KEY });
    expect(verify(authorization)).toEqual({ kind: 'ok', apiKey: API_KEY });
  });

  it('a webhook that the stand-in has signed is accepted', async () => {
    const signer = { clock: { now: () => RECEIVER_TIME }, signatureSecret: SIGNATURE_SECRET, apiKey: API_KEY };
    expect(verify(await signWebhook(BODY, signer))).toEqual({ kind: 'ok', apiKey: API_KEY });
  });

  it.each([undefined, '', '  '])('no token (%j) is missing, not bad', async (authorization) => {
    expect(verify(authorization)).toEqual({ kind: 'missing' });
  });

  it.each(['Bearer', 'Bearer a b', 'Basic YTpi', 'x'])('"%s" is no bearer token', async (authorization) => {
    expect(verify(authorization)).toEqual({ kind: 'bad', why: 'not_bearer' });
  });

  it('another secret is an unknown key where nothing else is wrong, for 25 hours from the moment of signing', async () => {
    const authorization = await token({}, OTHER);
    expect(verify(authorization)).toEqual({ kind: 'unknown_key' });
    expect(verify(authorization, BODY, RECEIVER_TIME + 25 * HOUR)).toEqual({ kind: 'unknown_key' });
    expect(verify(authorization, BODY, RECEIVER_TIME + 25 * HOUR + 1000)).toEqual({ kind: 'bad', why: 'signature' });
  });

  it('another secret and anything else that is wrong is bad', async () => {
    const wrong = [
      { iat: undefined },
      { iat: RECEIVER_TIME / 1000 + 3600 },
      { payload_hash: hashOf(Buffer.from('x')) },
    ];
    for (const claim of [...wrong, { payload_hash: undefined }])
      expect(verify(await token(claim, OTHER))).toEqual({ kind: 'bad', why: 'signature' });
    const cut = (await token({}, OTHER)).slice(0, -4);
    expect(verify(cut)).toEqual({ kind: 'bad', why: 'signature' });
  });

  it('each secret of a list is right, and no other', async () => {
    const webhook = { rawBody: BODY, now: RECEIVER_TIME, secrets: [SIGNATURE_SECRET, OTHER] };
    for (const secret of [SIGNATURE_SECRET, OTHER])
      expect(verifyWebhook({ ...webhook, authorization: await token({}, secret) }).kind).toBe('ok');
    const third = await token({}, 'a-third-secret-of-thirty-two-bytes');
    expect(verifyWebhook({ ...webhook, authorization: third }).kind).toBe('unknown_key');
  });

  it('a token for another application is known as such if it is rightly signed; one that names none is let be', async () => {
    const webhook = { rawBody: BODY, now: RECEIVER_TIME, secrets: [SIGNATURE_SECRET], applicationId: 'ours' };
    const verdict = async (application_id: unknown, secret = SIGNATURE_SECRET) =>
      verifyWebhook({ ...webhook, authorization: await token({ application_id }, secret) });
    expect(await verdict('ours')).toEqual({ kind: 'ok', apiKey: API_KEY });
    expect(await verdict(undefined)).toEqual({ kind: 'ok', apiKey: API_KEY });
    expect(await verdict('theirs')).toEqual({ kind: 'other_application' });
    expect(await verdict(null)).toEqual({ kind: 'other_application' });
    expect(await verdict('theirs', OTHER)).toEqual({ kind: 'bad', why: 'signature' });
  });

  it('alg none is bad, with and without an empty signature', async () => {
    const unsigned = `${base64url({ alg: 'none' })}.${base64url(claims())}`;
    expect(verify(`Bearer ${unsigned}.`)).toEqual({ kind: 'bad', why: 'algorithm' });
    expect(verify(`Bearer ${unsigned}`).kind).toBe('bad');
  });

  it('HS512 with the right secret is bad', async () => {
    expect(verify(await token({}, SIGNATURE_SECRET, 'HS512'))).toEqual({ kind: 'bad', why: 'algorithm' });
  });

  it('RS256 is bad', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signed = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
    expect(verify(`Bearer ${signed}`)).toEqual({ kind: 'bad', why: 'algorithm' });
  });

  it('a token cut short anywhere is bad', async () => {
    const whole = await token();
    for (let length = 'Bearer '.length; length < whole.length; length += 1) {
      expect(verify(whole.slice(0, length)).kind).toBe('bad');
    }
  });

  it('claims changed after signing are not signed with our key', async () => {
    const [header, , signature] = (await token()).split('.');
    const forged = `${header}.${base64url(claims({ iat: RECEIVER_TIME / 1000 - 1 }))}.${signature}`;
    expect(verify(forged)).toEqual({ kind: 'unknown_key' });
  });

  it('one byte more or less in the body is bad, white space included', async () => {
    const authorization = await token();
    for (const body of [Buffer.concat([BODY, Buffer.from('\n')]), BODY.subarray(1), Buffer.alloc(0)]) {
      expect(verify(authorization, body)).toEqual({ kind: 'bad', why: 'payload_hash' });
    }
  });

  it('the hash may be written in upper case', async () => {
    expect(verify(await token({ payload_hash: hashOf(BODY).toUpperCase() })).kind).toBe('ok');
  });

  it.each([undefined, 7, null])('a payload_hash of %j is bad', async (payload_hash) => {
    expect(verify(await token({ payload_hash }))).toEqual({ kind: 'bad', why: 'no_payload_hash' });
  });

  it('no iat is bad', async () => {
    expect(verify(await token({ iat: undefined }))).toEqual({ kind: 'bad', why: 'no_iat' });
  });

  it('25 hours of age are accepted, one second more is not', async () => {
    const authorization = await token();
    expect(verify(authorization, BODY, RECEIVER_TIME + 25 * HOUR).kind).toBe('ok');
    expect(verify(authorization, BODY, RECEIVER_TIME + 25 * HOUR + 1000)).toEqual({ kind: 'bad', why: 'too_old' });
  });

  it('5 minutes ahead are accepted, one second more is not', async () => {
    const authorization = await token();
    expect(verify(authorization, BODY, RECEIVER_TIME - 5 * MINUTE).kind).toBe('ok');
    expect(verify(authorization, BODY, RECEIVER_TIME - 5 * MINUTE - 1000)).toEqual({ kind: 'bad', why: 'ahead' });
  });

  it('both limits can be set', async () => {
    const webhook = {
      authorization: await token(),
      rawBody: BODY,
      secrets: [SIGNATURE_SECRET],
      maxAgeMs: MINUTE,
      maxAheadMs: 0,
    };
    expect(verifyWebhook({ ...webhook, now: RECEIVER_TIME + 2 * MINUTE })).toEqual({ kind: 'bad', why: 'too_old' });
    expect(verifyWebhook({ ...webhook, now: RECEIVER_TIME - 1000 })).toEqual({ kind: 'bad', why: 'ahead' });
  });

  it('an exp in the past is bad', async () => {
    expect(verify(await token({ exp: (RECEIVER_TIME - HOUR) / 1000 }))).toEqual({ kind: 'bad', why: 'expired' });
  });

  it('an nbf more than 5 minutes in the future is bad', async () => {
    const notBefore = async (at: number) => verify(await token({ nbf: at / 1000 }));
    expect(await notBefore(RECEIVER_TIME + 5 * MINUTE)).toMatchObject({ kind: 'ok' });
    expect(await notBefore(RECEIVER_TIME + 6 * MINUTE)).toEqual({ kind: 'bad', why: 'ahead' });
  });

  it('a token without an API key is bad', async () => {
    expect(verify(await token({ api_key: undefined }))).toEqual({ kind: 'bad', why: 'no_api_key' });
  });

  it('with several accounts the secret is the one of the API key, and a foreign key is bad', async () => {
    const secretsByApiKey = { [API_KEY]: SIGNATURE_SECRET, other: 'the-secret-of-the-other-sub-account' };
    const webhook = { rawBody: BODY, now: RECEIVER_TIME, secretsByApiKey };
    const verdict = (authorization: string) => verifyWebhook({ ...webhook, authorization });
    expect(verdict(await token())).toEqual({ kind: 'ok', apiKey: API_KEY });
    expect(verdict(await token({ api_key: 'other' }))).toEqual({ kind: 'unknown_key' });
    expect(verdict(await token({ api_key: 'nobody' }))).toEqual({ kind: 'bad', why: 'unknown_api_key' });
    expect(verdict(await token({ api_key: 'constructor' }))).toEqual({ kind: 'bad', why: 'unknown_api_key' });
  });

  it('an empty secret verifies nothing', async () => {
    const webhook = { authorization: await token(), rawBody: BODY, now: RECEIVER_TIME, secrets: [''] };
    expect(verifyWebhook(webhook).kind).toBe('bad');
  });
});
