/** The data that the preference page is made from. */
import type { Person } from '../../db/consent/person.ts';
import type { Locale } from '../../domain/sending/message.ts';
import type { Html } from '../../kit/html.ts';
import type { FieldName, FormFields } from './choices-form.ts';
import type { Situation } from './situation.ts';
import type { ZoneChoices } from './times.ts';

/** Buttons by the `action` that a sent form has. */
export const ACTIONS = [
  'save',
  'confirm',
  'only_orders',
  'stop',
  'resume',
  'disown',
  'download',
  'erase',
  'enter_download',
  'enter_erase',
  'fetch_file',
  'keep',
] as const;
export type FormAction = (typeof ACTIONS)[number];

/** Said once, above everything, after a form was sent. */
export const NOTICES = ['saved', 'confirmed', 'unchanged', 'resumed', 'stale', 'kept'] as const;
export type Notice = (typeof NOTICES)[number];

export interface PreferenceView {
  readonly locale: Locale;
  readonly person: Person;
  readonly situation: Situation;
  /** The fields that the form shows: the present choices, or a form that was sent with a mistake. */
  readonly fields: FormFields;
  readonly mistakes: readonly FieldName[];
  readonly notice?: Notice;
  /** The link's token: pages of it lie below. */
  readonly link: string;
  /** The hidden fields of a form. */
  readonly hidden: (action: FormAction) => Html;
  /** Zones to choose from: the country's, and all others. */
  readonly zoneChoices: ZoneChoices;
  readonly now: number;
}
