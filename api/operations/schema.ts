/** Requests and answers about dead letters and health. */
import { z } from 'zod';
import { OUTBOX_NAMES } from '../../domain/sending/outbox.ts';
import { moment, named, nextPage, pageSize } from '../http/schema.ts';
import { NOT_A_CURSOR } from '../http/problem.ts';
import { repairBody } from '../sending/schema.ts';

/** The time and id of the last dead letter of the page before. */
const deadLetterPlace = z
  .string()
  .regex(/^\d{1,13}_[\da-f-]{1,36}$/, NOT_A_CURSOR)
  .transform((value) => {
    const [at = '', id = ''] = value.split('_');
    return { at: Number(at), id };
  });

export const deadLettersQuery = z.strictObject({
  outbox: z.enum(OUTBOX_NAMES).exactOptional(),
  after: deadLetterPlace.exactOptional(),
  limit: pageSize,
});

/** Without an id: all dead letters of the outbox. */
export const redriveOutboxBody = named(
  'OutboxRedriveRequest',
  repairBody.extend({
    outbox: z.enum(OUTBOX_NAMES),
    id: z
      .string()
      .regex(/^[\da-f-]{1,36}$/, 'must be the id of a dead letter')
      .exactOptional(),
  }),
  { actor: 'ada', reason: 'the engine is back', outbox: 'fact' },
);

export const deadLettersAnswer = named(
  'DeadLetterPage',
  z.object({
    dead: z.array(
      named(
        'DeadLetter',
        z.object({
          outbox: z.enum(OUTBOX_NAMES),
          id: z.string(),
          about: z.record(z.string(), z.string()).describe('Ids of what it is about: order, event, contact, message'),
          tries: z.int(),
          error: z.string().describe('A gRPC code, or the name of an error of ours'),
          deadAt: moment,
        }),
      ),
    ),
    next: nextPage,
  }),
  {
    dead: [
      {
        outbox: 'fact',
        id: '812',
        about: { order: '450789469', event: 'shipment-1-handed-over' },
        tries: 12,
        error: 'INVALID_ARGUMENT',
        deadAt: '2026-03-03T17:20:00.000Z',
      },
    ],
  },
);

export const redrivenAnswer = named('OutboxRedriven', z.object({ redriven: z.int() }), { redriven: 1 });

const up = z.object({ status: z.literal('up') });
export const upAnswer = named('Up', up, { status: 'up' });
export const healthAnswer = up.extend({ node: z.string(), tz: z.string().describe('Version of the time zone data') });
export const readyAnswer = z.object({ database: z.boolean(), temporal: z.boolean() });

/** A page of a history in Temporal UI. */
const MOST_PAYLOADS = 5000;
const base64 = z.base64();
const payload = z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() });

/** Payloads of Temporal as proto3 JSON. */
export const payloads = named('Payloads', z.looseObject({ payloads: z.array(payload.loose()).max(MOST_PAYLOADS) }), {
  payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'e30=' }],
});
