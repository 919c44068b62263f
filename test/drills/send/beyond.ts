/**
 * The second block of the send drill: records that appear later than T2. A transactional message may be sent twice then, and that
 * has to be found; a promotion never. Pure.
 */
import type { ReconcileFinding } from '../../../domain/sending/reconcile.ts';
import { isExplained } from '../../../domain/sending/reconcile.ts';
import type { Judged } from './judge.ts';

export interface BeyondFigures {
  readonly messages: number;
  readonly promotionalTwice: number;
  readonly transactionalTwice: number;
  /** Promotions that were given up and had been taken all the same. */
  readonly givenUpThoughTaken: number;
  readonly lost: number;
  /** Of the two kinds above that the reconciliation has not found, or not explained. */
  readonly unexplained: number;
}

/** `findings`: what a reconciliation of the whole period has found, by the id of the message. */
export function judgeBeyond(
  messages: readonly Judged[],
  findings: ReadonlyMap<string | undefined, readonly ReconcileFinding[]>,
): BeyondFigures {
  const twice = messages.filter(({ verdict }) => verdict === 'duplicated');
  const differing = messages.filter(({ verdict }) => verdict === 'unexplained');
  const isFound = ({ message }: Judged): boolean => {
    const its = message === undefined ? [] : (findings.get(message) ?? []);
    return its.every(({ what }) => isExplained(what)) && its.some(({ what }) => LATE.includes(what));
  };
  return {
    messages: messages.length,
    promotionalTwice: twice.filter((one) => one.class === 'promotional').length,
    transactionalTwice: twice.filter((one) => one.class === 'transactional').length,
    givenUpThoughTaken: differing.length,
    lost: messages.filter(({ verdict }) => verdict === 'lost').length,
    unexplained: [...twice, ...differing].filter((one) => !isFound(one)).length,
  };
}

/** Findings about a record that came too late. */
const LATE: readonly ReconcileFinding['what'][] = [
  'taken_after_given_up',
  'taken_after_not_sent',
  'sent_again_after_t2',
];
