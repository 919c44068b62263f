/**
 * The codec endpoint of Temporal's tools: it decrypts payloads for people who may read them. It has its own token,
 * because a brand's key must not open histories of other brands. It exists only if payloads are encrypted and a token
 * is set. Protocol: docs.temporal.io/codec-server.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { PayloadCodec } from '@temporalio/common';
import type { JsonPayload } from '../../codec/payload-bytes.ts';
import { jsonOf, payloadOf } from '../../codec/payload-bytes.ts';
import { parseJson } from '../http/json.ts';
import { codecUnauthorized, invalid } from '../http/problem.ts';
import type { Answer } from '../http/answer.ts';
import type { OpenRequest, OpenRoute, Route } from '../http/route.ts';
import { payloads as payloadList } from './schema.ts';

export interface CodecAccess {
  readonly codec: PayloadCodec;
  /** Accepted tokens: callers send one of them as `Authorization: Bearer ...`. */
  readonly tokens: readonly string[];
  /** The address of Temporal UI, whose pages may call from a browser. Absent: no page may. */
  readonly origin?: string;
}

/** A page of a history in Temporal UI: 5,000 payloads, of which one of ours has 4 KB at most. */
const BODY_LIMIT = 4 * 1024 * 1024;
export function codecRoutes(access: CodecAccess | undefined): readonly Route[] {
  if (!access) return [];
  const { codec } = access;
  return [
    codecRoute(
      access,
      'decode',
      'Payloads as they were before they were encrypted, for Temporal’s tools.',
      (payloads) => codec.decode(payloads),
    ),
    codecRoute(access, 'encode', 'Payloads encrypted, for Temporal’s tools.', (payloads) => codec.encode(payloads)),
  ];
}

function codecRoute(
  access: CodecAccess,
  verb: 'decode' | 'encode',
  summary: string,
  run: PayloadCodec['encode'],
): OpenRoute {
  return {
    access: 'open',
    method: 'post',
    tag: 'Codec',
    operationId: verb,
    signedBy: 'codec',
    path: `/codec/${verb}`,
    body: payloadList,
    summary,
    bodyLimit: BODY_LIMIT,
    ...(access.origin !== undefined && { pagesOf: access.origin }),
    answers: { 200: { description: 'The payloads, in order', schema: payloadList } },
    problems: ['codec_unauthorized', 'not_json', 'invalid', 'body_too_large'],
    admit: async ({ authorization }) => {
      if (!isRight(authorization, access.tokens)) throw codecUnauthorized();
    },
    run: (request) => answer(request, run),
  };
}

async function answer(request: OpenRequest, run: PayloadCodec['encode']): Promise<Answer> {
  const parsed = payloadList.safeParse(parseJson(request.rawBody));
  if (!parsed.success) throw invalid([{ pointer: '/payloads', detail: 'must be payloads of Temporal as proto3 JSON' }]);
  const payloads = await run(parsed.data.payloads.map((one: JsonPayload) => payloadOf(one))).catch(() => {
    throw invalid([
      { pointer: '/payloads', detail: 'must be encrypted with a key that is configured here, and unchanged' },
    ]);
  });
  return { status: 200, body: { payloads: payloads.map(jsonOf) } };
}

/** Both are hashed, so that the time it takes says nothing about the token, its length included. */
function isRight(authorization: string | undefined, tokens: readonly string[]): boolean {
  const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && tokens.some((token) => timingSafeEqual(hash(given), hash(token)));
}
