/** `POST /v1/redact/transaction` of the stand-in, with the answers of Vonage OpenAPI "Redact API" 1.0.6. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { answerProblem, fakeProblem } from './answers.ts';
import type { FaultQueue } from './faults.ts';
import { readBody } from './request.ts';
import type { FakeClock } from './webhooks.ts';

export const REDACT_PATH = '/v1/redact/transaction';

/** A request to forget a message, as it was answered. */
export interface Redaction {
  readonly at: number;
  readonly providerId: string | null;
  readonly status: number;
}

export interface RedactEndpoint {
  readonly clock: FakeClock;
  /** `Basic ...` of the account. */
  readonly authorization: string;
  readonly faults: FaultQueue;
  /** When a message was taken or delivered, epoch ms. Undefined: the account has none of that id and direction. */
  readonly takenAt: (providerId: string, direction: 'outbound' | 'inbound') => number | undefined;
  readonly redactions: Redaction[];
}

const HOUR = 60 * 60_000;

const redactRequest = z.object({
  id: z.string().min(1),
  product: z.literal('messages'),
  type: z.enum(['outbound', 'inbound']),
});

export async function handleRedact(
  endpoint: RedactEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = await endpoint.clock.now();
  const parsed = redactRequest.safeParse(decode(await readBody(request)));
  const providerId = parsed.success ? parsed.data.id : null;
  const refuse = (status: number, code: string, title: string): void => {
    endpoint.redactions.push({ at, providerId, status });
    answerProblem(response, status, fakeProblem(code, title));
  };
  const fault = endpoint.faults.takeRedact();
  if (fault) return refuse(fault.status, fault.code ?? String(fault.status), 'Refused on request');
  if (request.headers.authorization !== endpoint.authorization) return refuse(401, 'unauthorized', 'Unauthorized');
  if (!parsed.success) return refuse(422, 'invalid-product', 'Invalid Product');
  const takenAt = endpoint.takenAt(parsed.data.id, parsed.data.type);
  if (takenAt === undefined) return refuse(404, 'invalid-id', 'Invalid ID');
  if (at < takenAt + HOUR) return refuse(403, 'premature-redaction', 'Premature Redaction');
  endpoint.redactions.push({ at, providerId, status: 204 });
  response.writeHead(204).end();
}

function decode(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}
