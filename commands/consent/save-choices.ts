/** The choices of a person on their page: topics, channels, frequency, a pause, the zone, and consents that are given or withdrawn with them. */
import type { Knex } from 'knex';
import type { Changes } from '../../domain/access/audit.ts';
import { CUSTOMER, changedFields } from '../../domain/access/audit.ts';
import type { Chosen } from '../../domain/consent/choices.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { NewConsent } from '../../db/consent/consents.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import type { Person } from '../../db/consent/person.ts';
import { savePreferences } from '../../db/consent/save-preferences.ts';

export interface ChosenWithProof extends Omit<Chosen, 'consents'> {
  /** With the words that the person was shown, and their evidence. */
  readonly consents: readonly NewConsent[];
}

/** Returns false if nothing differs from what is stored. Call with the contact locked. */
export async function saveChosen(
  trx: Knex.Transaction,
  person: Person,
  { preferences, choices, consents }: ChosenWithProof,
  now: number,
): Promise<boolean> {
  const { brand, contact } = person;
  const changes = changesOf(person, { preferences, choices });
  if (!changes && consents.length === 0) return false;
  const { zone } = choices;
  await savePreferences(trx, person, { ...preferences, ...(zone !== undefined && { zone }) }, now);
  await recordConsents(trx, brand.id, contact, consents, now, CUSTOMER);
  const said = consents.map((one) => `${one.action} ${one.class}`);
  const after = { ...changes?.after, ...(said.length > 0 && { consents: said }) };
  const subject = { kind: 'contact', id: contact } as const;
  const entry = { brand: brand.id, actor: CUSTOMER, action: 'change_preferences', subject } as const;
  await recordAudit(trx, { ...entry, ...(changes && { before: changes.before }), after }, now);
  return true;
}

/** The log only says that a zone was set, because a person's place does not belong in it. */
function changesOf(
  { preferences, zone: own }: Person,
  { preferences: after, choices }: Omit<Chosen, 'consents'>,
): Changes | undefined {
  const summary = ({ pausedUntil, ...rest }: Person['preferences']) => ({
    ...rest,
    ...(pausedUntil !== undefined && { pausedUntil: new Date(pausedUntil).toISOString() }),
  });
  const changes = changedFields(summary(preferences), summary(after));
  if (own === choices.zone) return changes;
  const set = (one: string | undefined): string => (one === undefined ? 'automatic' : 'set');
  return {
    before: { ...changes?.before, zone: set(own) },
    after: { ...changes?.after, zone: set(choices.zone) },
  };
}
