/** The networks' own names for a class of message. An SMS has no field for it. */
import type { MessageClass } from './message.ts';

/**
 * RCS counts a feedback request after a purchase as one about the order (Google, Vonage); WhatsApp counts "rate us" as marketing in
 * practice. Viber has no word on feedback: the stricter one.
 */
export const CATEGORIES = {
  rcs: {
    transactional: 'transaction',
    service_feedback: 'transaction',
    promotional: 'promotion',
    compliance: 'transaction',
  },
  viber: {
    transactional: 'transaction',
    service_feedback: 'promotion',
    promotional: 'promotion',
    compliance: 'transaction',
  },
  whatsapp: {
    transactional: 'utility',
    service_feedback: 'marketing',
    promotional: 'marketing',
    compliance: 'utility',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<MessageClass, string>>>>;
