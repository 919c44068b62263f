/** A form as it comes over the wire. */
import { z } from 'zod';
import { readCode } from '../../domain/privacy/access-code.ts';
import type { FormFields } from './choices-form.ts';
import type { FormAction } from './view.ts';
import { ACTIONS } from './view.ts';

export interface SentForm {
  readonly action: FormAction;
  readonly token: string;
  readonly lang: string;
  /** The value that the page had written into the form. The token seals it too. */
  readonly shown: string;
  readonly fields: FormFields;
  /** The typed code; undefined: none, or not six digits. */
  readonly code?: string;
  /** Read from `shown`. Absent: the form has no fields. */
  readonly fieldsShown?: FormFields;
}

const list = z.array(z.string().max(40)).max(10);
const fields = z.object({
  topics: list,
  channels: list,
  perWeek: z.string().max(4),
  pausedUntil: z.string().max(20),
  zone: z.string().max(64),
});

const head = z.object({
  action: z.enum(ACTIONS),
  token: z.string().max(100),
  lang: z.string().max(10),
  shown: z.string().max(1000),
});

/** The state of a page's fields, to be compared with the form that is sent. */
export function shownFieldsOf({ topics, channels, perWeek, pausedUntil, zone }: FormFields): string {
  return JSON.stringify({ topics, channels, perWeek, pausedUntil, zone });
}

/** Undefined: not a form of ours. Fields that a form without boxes lacks are empty. */
export function readForm(body: Buffer): SentForm | undefined {
  const sent = new URLSearchParams(body.toString('utf8'));
  const one = (name: string): string => sent.get(name) ?? '';
  const about = head.safeParse({ action: one('action'), token: one('token'), lang: one('lang'), shown: one('shown') });
  const said = fields.safeParse({
    topics: sent.getAll('topics'),
    channels: sent.getAll('channels'),
    perWeek: one('perWeek'),
    pausedUntil: one('pausedUntil'),
    zone: one('zone'),
  });
  if (!about.success || !said.success) return undefined;
  const shown = about.data.shown === '' ? undefined : fields.safeParse(parsed(about.data.shown));
  const code = readCode(one('code').slice(0, 40));
  return {
    ...about.data,
    fields: said.data,
    ...(code !== undefined && { code }),
    ...(shown?.success && { fieldsShown: shown.data }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
