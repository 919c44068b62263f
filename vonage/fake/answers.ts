/** Answers of the stand-in, in the forms of Vonage's documents. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerFault } from './faults.ts';

/** RFC 9457 with Vonage's `invalid_parameters`. */
export interface FakeProblem {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
  readonly invalid_parameters?: readonly { readonly name: string; readonly reason: string }[];
}

/** A fault of the answer to a message that has been accepted. */
export type AcceptedFault = Exclude<AnswerFault, { kind: 'reset_before_accept' | 'stall_before_accept' | 'status' }>;

/** A problem document; `code` becomes the fragment of its type, where Vonage puts it. */
export function fakeProblem(code: string, title: string, invalid?: FakeProblem['invalid_parameters']): FakeProblem {
  const type = `https://developer.vonage.com/api-errors/messages#${code}`;
  const common = { type, title, detail: `${title}.`, instance: randomUUID() };
  return invalid === undefined ? common : { ...common, invalid_parameters: invalid };
}

/** Answers an accepted message, or does not, as the fault says. */
export async function answerAccepted(
  request: IncomingMessage,
  response: ServerResponse,
  providerId: string,
  fault: AcceptedFault | undefined,
  closing: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ message_uuid: providerId });
  if (fault === undefined) return answerJson(response, 202, body);
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms, undefined, { signal: closing });
      return answerJson(response, 202, body);
    case 'status_after_accept':
      return answerProblem(response, fault.status, fakeProblem('1030', 'Internal error'));
    case 'reset_after_accept':
      request.socket.destroy();
      return;
    case 'stall_after_accept':
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': body.length });
      response.write(body.slice(0, 10));
      return;
    case 'broken_body':
      return answerBroken(response, fault.body);
    default:
      return fault satisfies never;
  }
}

function answerBroken(response: ServerResponse, body: (AcceptedFault & { kind: 'broken_body' })['body']): void {
  switch (body) {
    case 'empty':
      return answerJson(response, 202, '');
    case 'not_json':
      return answerJson(response, 202, '{"message_uuid": "aaaaaaaa-');
    case 'no_uuid':
      return answerJson(response, 202, '{"message_uuid": "accepted"}');
    case 'problem':
      return answerProblem(response, 202, fakeProblem('1000', 'Throttled'));
    default:
      return body satisfies never;
  }
}

export function answerJson(response: ServerResponse, status: number, body: string): void {
  const length = Buffer.byteLength(body);
  const headers = { 'content-type': 'application/json', 'content-length': length, 'x-request-id': randomUUID() };
  response.writeHead(status, headers).end(body);
}

/** Vonage labels its 422 problems plain JSON, all others problem+json. */
export function answerProblem(
  response: ServerResponse,
  status: number,
  body: FakeProblem,
  retryAfterSeconds?: number,
): void {
  response.writeHead(status, {
    'content-type': status === 422 ? 'application/json' : 'application/problem+json',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(body));
}
