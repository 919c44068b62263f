import type { Knex } from 'knex';
import type { Preferences } from '../../domain/consent/choices.ts';
import type { Person } from './person.ts';

export interface ChosenPreferences extends Preferences {
  /** The zone that the person has set. Absent: the service derives it. */
  readonly zone?: string;
}

/** Stores choices; a trigger moves the gate version, so that nothing that is about to go out overlooks them. `now`: epoch ms. */
export async function savePreferences(
  trx: Knex.Transaction,
  { brand, contact, zone: known }: Person,
  { topicsOff, channelsOff, mostPerWeek, pausedUntil, zone }: ChosenPreferences,
  now: number,
): Promise<void> {
  if (zone !== known)
    await trx('contacts')
      .where({ id: contact })
      .update({ zone: zone ?? null, zone_chosen: zone !== undefined });
  await trx('preferences')
    .insert({
      contact_id: contact,
      brand_id: brand.id,
      topics_off: [...topicsOff],
      channels_off: [...channelsOff],
      most_per_week: mostPerWeek ?? null,
      paused_until: pausedUntil === undefined ? null : new Date(pausedUntil),
      updated_at: new Date(now),
    })
    .onConflict('contact_id')
    .merge();
}
