/** Paths of the stand-in besides Vonage's own: the phone page and the JSON that sets faults and reads the log. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { FakeVonage } from './contract.ts';
import { vonageChannel } from './channels.ts';
import { faultSchema } from './faults.ts';
import { rateLimitSchema } from './limit.ts';
import { readBody } from './request.ts';
import { anchorOf, PHONE_PAGE_HEADERS, renderPhonePage } from './phone-page.ts';

const replySchema = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  text: z.string().min(1).max(3200),
  channel: vonageChannel.optional(),
});
/** A request without a body means all numbers. */
const receiptsSchema = z.strictObject({ to: z.string().optional() }).default({});

/** Answers every path but Vonage's; unknown ones 404, unreadable input 400. */
export async function handleControl(
  fake: FakeVonage,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /': {
      const page = renderPhonePage(await fake.phones(), url.searchParams.has('live'));
      response.writeHead(200, PHONE_PAGE_HEADERS).end(page);
      return;
    }
    case 'POST /reply':
      return submitReply(fake, request, response);
    case 'GET /_fake/messages':
      return answer(response, 200, {
        messages: fake.messages(),
        refused: fake.refused(),
        replies: fake.replies(),
        webhooks: fake.webhooks(),
        lookUps: fake.lookUps(),
        redactions: fake.redactions(),
      });
    case 'POST /_fake/faults': {
      const fault = faultSchema.safeParse(await readJson(request));
      if (!fault.success) return answer(response, 400, { error: z.prettifyError(fault.error) });
      fake.setFault(fault.data);
      return answer(response, 200, { fault: fault.data });
    }
    case 'DELETE /_fake/faults':
      fake.clearFaults();
      return answer(response, 200, {});
    case 'PUT /_fake/limit': {
      const limit = rateLimitSchema.safeParse(await readJson(request));
      if (!limit.success) return answer(response, 400, { error: z.prettifyError(limit.error) });
      fake.setLimit(limit.data);
      return answer(response, 200, { limit: limit.data });
    }
    case 'DELETE /_fake/limit':
      fake.setLimit(undefined);
      return answer(response, 200, {});
    case 'POST /_fake/replies': {
      const reply = replySchema.safeParse(await readJson(request));
      if (!reply.success) return answer(response, 400, { error: z.prettifyError(reply.error) });
      const { from, to, text, channel } = reply.data;
      return answer(response, 200, { status: await fake.reply(from, to, text, channel) });
    }
    case 'POST /_fake/receipts': {
      const whose = receiptsSchema.safeParse(await readJson(request));
      if (!whose.success) return answer(response, 400, { error: z.prettifyError(whose.error) });
      await fake.deliverReceipts(whose.data.to);
      return answer(response, 200, {});
    }
    default:
      return answer(response, 404, { error: 'not found' });
  }
}

async function submitReply(fake: FakeVonage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = new URLSearchParams((await readBody(request))?.toString('utf8'));
  const reply = replySchema.safeParse(Object.fromEntries(form));
  if (!reply.success) return answer(response, 400, { error: 'from, to and text are needed' });
  await fake.reply(reply.data.from, reply.data.to, reply.data.text);
  response.writeHead(303, { location: `/#${anchorOf(reply.data.from)}` }).end();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse((await readBody(request))?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
