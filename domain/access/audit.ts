/** Changes by people and keys, in the words of the audit log. */

/** Everything that is recorded. An action is never taken off the list: rows are kept. */
export const AUDIT_ACTIONS = [
  // of a message and of what stops messages
  'redrive',
  'release',
  'give_up',
  'open_block',
  'release_block',
  'redrive_outbox',
  // of a running order
  'pause',
  'resume',
  'skip',
  'cancel_messages',
  'close_case',
  'correct_order',
  // of a person, over the API or on the preference page
  'record_consent',
  'record_list_check',
  'stop_messages',
  'lift_stop',
  'change_preferences',
  'revoke_links',
  'export_contact',
  'erase_contact',
  'hold_erasure',
  'cancel_erasure',
  'import',
  // by the database, when a person is only a proof any more, and when that is over
  'start_proof',
  'end_proof',
  // of an installation
  'apply_brand',
  'create_key',
  'revoke_key',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Subjects of a change. An `address` is known by its masked number. */
export const AUDIT_SUBJECTS = [
  'message',
  'block',
  'order',
  'case',
  'contact',
  'address',
  'brand',
  'api_key',
  'outbox',
] as const;
export type AuditSubjectKind = (typeof AUDIT_SUBJECTS)[number];

export interface AuditSubject {
  readonly kind: AuditSubjectKind;
  readonly id: string;
}

/** A customer, by text or on the preference page. */
export const CUSTOMER = 'customer';
/** The provider of messages, whose answer or receipt stops a number. All other actors are labels of API keys or names of tools. */
export const PROVIDER = 'provider';

/** An installation that sets itself up: a program acts, and no person is named. */
export const SET_UP = 'set-up';

/** The key that called, and the person that its caller names. */
export function actorOf(key: string, said: string): string {
  return `${key}: ${said}`;
}

/** Fields that differ, by their path, with what they were and what they are. */
export interface Changes {
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** Lists are compared whole; of a long one only its length is told. */
const MOST_LISTED = 20;

/** The fields of two objects that differ: `links.shop` is a path. Undefined: none does. */
export function changedFields(before: object, after: object): Changes | undefined {
  const [was, is] = [new Map(leaves(before)), new Map(leaves(after))];
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter(
    (path) => canonical(was.get(path)) !== canonical(is.get(path)),
  );
  if (paths.length === 0) return undefined;
  const pick = (of: ReadonlyMap<string, unknown>) =>
    Object.fromEntries(paths.map((path) => [path, told(of.get(path))]));
  return { before: pick(was), after: pick(is) };
}

function leaves(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, one]: [string, unknown]) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? leaves(one, `${prefix}${name}.`)
      : [[`${prefix}${name}`, one] satisfies [string, unknown]],
  );
}

/** The database gives an object's fields back in an order of its own. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_name, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

function told(value: unknown): unknown {
  if (value === undefined) return null;
  const long = Array.isArray(value) && (value.length > MOST_LISTED || value.some((one) => typeof one === 'object'));
  return long ? { entries: value.length } : value;
}
