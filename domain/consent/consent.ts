/** A person's statements about being written to. The ledger keeps each of them; this file adds them up. */

/**
 * How a consent came about, strongest first. `express_written`: agreed to a wording that is on record (a ticked box, a signed form, a
 * keyword). `soft_opt_in`: bought and was told how to refuse. `implied`: bought or asked. `contract`: needed for what was ordered.
 */
export const CONSENT_BASES = ['express_written', 'express', 'soft_opt_in', 'implied', 'contract'] as const;
export type ConsentBasis = (typeof CONSENT_BASES)[number];

export const CONSENT_CLASSES = ['transactional', 'service_feedback', 'promotional'] as const;
export type ConsentClass = (typeof CONSENT_CLASSES)[number];

/**
 * `asked`: a confirmation over the number itself has been asked for. `confirmed`: it was given. `reconfirmed`: said yes again where a
 * consent has to be renewed.
 */
export const CONSENT_ACTIONS = ['granted', 'withdrawn', 'asked', 'confirmed', 'reconfirmed'] as const;
export type ConsentAction = (typeof CONSENT_ACTIONS)[number];

/** One entry of the ledger, with the fields that decide something. */
export interface ConsentEvent {
  readonly id: string;
  readonly class: ConsentClass;
  /** It is about the hours of the night only, where those need a consent of their own (KR). */
  readonly night: boolean;
  readonly action: ConsentAction;
  readonly basis: ConsentBasis;
  /** Epoch ms. */
  readonly at: number;
  /** Given by the recorder of the consent, epoch ms: the consent ends then, whatever the country's rules add. */
  readonly expiresAt?: number;
}

/** The consent of one class that is in force. */
export type ClassConsent =
  | { readonly state: 'withdrawn'; readonly ref: string; readonly at: number }
  | {
      readonly state: 'granted';
      /** The ledger entry that proves it. */
      readonly ref: string;
      readonly basis: ConsentBasis;
      /** When it was given last, epoch ms: a soft opt-in counts from the last purchase. */
      readonly at: number;
      /** True if it was confirmed over the number since the last withdrawal. */
      readonly confirmed: boolean;
      /** When the person last said so or was asked again: what a renewal counts from, epoch ms. */
      readonly renewedAt: number;
      readonly expiresAt?: number;
    };

export interface Consents {
  readonly day: Readonly<Partial<Record<ConsentClass, ClassConsent>>>;
  readonly night: Readonly<Partial<Record<ConsentClass, ClassConsent>>>;
}

/**
 * Folds entries in any order into the consents in force. The person's last statement per class counts. A consent that
 * was not expressed (soft opt-in, implied, contract) never overrides a refusal. Of several grants the latest counts,
 * but a weaker basis that comes later does not replace a stronger one.
 */
export function consentsOf(events: readonly ConsentEvent[]): Consents {
  return { day: fold(events.filter(({ night }) => !night)), night: fold(events.filter(({ night }) => night)) };
}

function fold(events: readonly ConsentEvent[]): Partial<Record<ConsentClass, ClassConsent>> {
  const inForce: Partial<Record<ConsentClass, ClassConsent>> = {};
  // The number was confirmed, whichever of several grants it was for: a caller may know the latest of each sort only.
  const confirmed = new Set<ConsentClass>();
  // Of two entries of one moment a refusal counts as the later one: a person who says both has refused.
  const ordered = events.toSorted((a, b) => a.at - b.at || REFUSAL_LAST(a) - REFUSAL_LAST(b) || compareIds(a.id, b.id));
  for (const event of ordered) {
    if (event.action === 'confirmed') confirmed.add(event.class);
    if (event.action === 'withdrawn') confirmed.delete(event.class);
    const next = after(inForce[event.class], event, confirmed.has(event.class));
    if (next) inForce[event.class] = next;
  }
  return inForce;
}

const REFUSAL_LAST = ({ action }: ConsentEvent): number => (action === 'withdrawn' ? 1 : 0);

/** Ids are growing numbers as text: a longer one is later. */
function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

function after(before: ClassConsent | undefined, event: ConsentEvent, confirmed: boolean): ClassConsent | undefined {
  const { id: ref, at, basis, expiresAt } = event;
  switch (event.action) {
    case 'withdrawn':
      return { state: 'withdrawn', ref, at };
    case 'granted': {
      if (before?.state === 'withdrawn' && !isExpressed(basis)) return before;
      const held = before?.state === 'granted' ? before : undefined;
      if (held && rank(held.basis) < rank(basis) && held.expiresAt === undefined) return held;
      return {
        state: 'granted',
        ref,
        basis,
        at,
        confirmed,
        renewedAt: at,
        ...(expiresAt !== undefined && { expiresAt }),
      };
    }
    case 'asked':
      return before;
    case 'confirmed':
      return before?.state === 'granted' ? { ...before, confirmed: true, renewedAt: at } : before;
    case 'reconfirmed':
      return before?.state === 'granted' ? { ...before, renewedAt: at } : before;
  }
}

/** The person said so, in any way. */
export function isExpressed(basis: ConsentBasis): boolean {
  return basis === 'express' || basis === 'express_written';
}

function rank(basis: ConsentBasis): number {
  return CONSENT_BASES.indexOf(basis);
}
