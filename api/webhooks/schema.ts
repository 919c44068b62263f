/** Webhooks: their bodies are described by the provider and the shop, and are read leniently. */
import { z } from 'zod';
import { named } from '../http/schema.ts';

export const webhookBody = named('WebhookBody', z.looseObject({}), {
  message_uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
  status: 'delivered',
});
export const received = named('Received', z.strictObject({}), {});
