/** The consents of a contact that are in force, one by one, for commands that renew or confirm them. */
import type { ConsentClass, ClassConsent } from '../../domain/consent/consent.ts';
import { CONSENT_CLASSES, consentsOf } from '../../domain/consent/consent.ts';
import type { Db } from '../../db/connection/connect.ts';
import { consentEvents } from '../../db/consent/consent-ledger.ts';

export interface ConsentInForce {
  readonly class: ConsentClass;
  readonly night: boolean;
  readonly consent: Extract<ClassConsent, { state: 'granted' }>;
}

/** Consents that were in force at a moment (epoch ms), or are now. */
export async function consentsInForce(db: Db, contact: string, until = Infinity): Promise<ConsentInForce[]> {
  const { day, night } = consentsOf((await consentEvents(db, contact)).filter(({ at }) => at <= until));
  const granted = (of: typeof day, isNight: boolean): ConsentInForce[] =>
    CONSENT_CLASSES.flatMap((name) => {
      const consent = of[name];
      return consent?.state === 'granted' ? [{ class: name, night: isNight, consent }] : [];
    });
  return [...granted(day, false), ...granted(night, true)];
}

export function keyOfConsent({ class: name, night }: Pick<ConsentInForce, 'class' | 'night'>): string {
  return `${name} ${night}`;
}
