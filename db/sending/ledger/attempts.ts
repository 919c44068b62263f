import { receiptRank } from '../../../domain/sending/ledger.ts';
import type { MessageState } from '../../../domain/sending/message.ts';
import type { FailureReason } from '../../../domain/sending/reason.ts';
import { NO_COUNTRY } from '../../../domain/sending/spend.ts';
import type { Db } from '../../connection/connect.ts';
import type { DecisionBasis } from '../../../domain/sending/gate/decision.ts';
import { NO_BASIS } from '../../../domain/sending/gate/decision.ts';
import { BOUND_BASIS, basisBindings, insertDecisions } from '../gate/decision-row.ts';
import type { Gate } from '../../../domain/sending/gate/gate.ts';
import { closedBy } from '../lanes/lane-clocks.ts';
import { LANE_UNITS } from '../lanes/slots.ts';
import { localDay } from '../spend/costs.ts';
import { unknownToPlan } from '../../orders/queued-messages.ts';
import { timestamp } from '../../connection/timestamp.ts';
import type { LedgerMessage } from './ledger-message.ts';

/**
 * Decision `k` stands in one of the two months that a plan then looks at, however many there are: the table of months has the whole of the
 * last one. One that is older is written down again.
 */
const IN_LAST_MONTHS = `k.decided_at between cast(:now as timestamptz) - interval '28 days' and cast(:now as timestamptz) + interval '1 day'`;

/** The rule that allowed a message at the moment of its submission. */
export interface Allowed {
  readonly rule: string;
  readonly where: DecisionBasis;
}

/** `onlyIf`: further conditions on row `m` of the message, which begin with `and`. */
const CLAIMED = (onlyIf: string, more = ''): string => `with gate as (
       update contacts set gate_version = gate_version + 1 where id = :contact and gate_version = :version returning id),
     sent as (
       update messages m set state = 'submitted', reason = null, submitted_at = :now${more} from gate
        where m.id = :message and m.state = :state${onlyIf} returning m.*)`;

const ATTEMPT = (
  number: string,
): string => `insert into attempts (message_id, number, client_ref, address, sender, submitted_at, brand_id, country, spend_day)
       select sent.id, ${number}, :clientRef, :to, :from, :now, sent.brand_id, :country, ${localDay('cast(:now as timestamptz)')}
         from sent join brands b on b.id = sent.brand_id
       returning id`;

const SUBMIT = `${CLAIMED('')},
     decided as (
       ${insertDecisions({
         from: 'sent m',
         at: 'cast(:now as timestamptz)',
         outcome: "'send'",
         rule: ':rule',
         usefulUntil: 'm.useful_until',
         basis: BOUND_BASIS,
         where: `cast(:rule as text) is not null and not exists (
             select from (select k.* from decisions k where k.contact_id = m.contact_id and k.order_id is not distinct from m.order_id
                 and k.step = m.step and k.occurrence = m.occurrence and k.channel = m.channel
                 and ${IN_LAST_MONTHS} order by k.id desc limit 1) last
              where last.outcome = 'send' and (last.zones, last.packs, last.rules, last.consent_id)
                is not distinct from (cast(:zones as text[]), cast(:packs as text[]), cast(:rules as text[]), cast(:consent as bigint)))`,
       })})
     ${ATTEMPT('(select count(*) + 1 from attempts where message_id = :message)')}`;

/**
 * Submits a message that was inserted a moment ago by a decision on this version of the gate: the decision is on record, and there is no
 * attempt yet. A fact that was stored before the insert found no row to mark as overtaken, so the statement looks for such a fact. The text is
 * stored here: a statement of its own would write the row, its indexes and the disk once more.
 */
const SUBMIT_INSERTED = `${CLAIMED(
  ` and not m.overtaken and not ${unknownToPlan('m')}`,
  `, body = :text, locale = :locale, encoding = :encoding, segments = ${LANE_UNITS}`,
)} ${ATTEMPT('1')}`;

/**
 * Commits a message as submitted, before its socket is written, if nothing about the contact has changed since `gate` was
 * read. STOP, a consent, another submission: each moves the version, so either it is first and this fails, or this is.
 * One statement, so one transaction. The decision is written down where the last one on record was another, or was made by other
 * rules or another consent: a message may have waited for weeks since. False: read the gate again and decide again.
 */
export async function submit(
  db: Db,
  message: LedgerMessage,
  gate: Gate,
  call: { readonly clientRef: string; readonly to: string; readonly from: string },
  now: number,
  allowed?: Allowed,
): Promise<boolean> {
  const claim = {
    contact: gate.contact,
    version: gate.version,
    message: message.id,
    state: message.state,
    clientRef: call.clientRef,
    to: call.to,
    from: call.from,
    country: gate.address?.country ?? NO_COUNTRY,
    now: timestamp(now),
  };
  const decision = { rule: allowed?.rule ?? null, ...basisBindings(allowed?.where ?? NO_BASIS) };
  const { rows } = await (message.inserted
    ? db.raw<{ rows: { id: number }[] }>(SUBMIT_INSERTED, { ...claim, ...message.inserted })
    : db.raw<{ rows: { id: number }[] }>(SUBMIT, { ...claim, ...decision }));
  return rows.length > 0;
}

/**
 * The provider has taken it. A receipt may have said so before the answer did, and said more: that stays. An answer closes the
 * circuits of the message's lanes, whose ids are returned; with none open it writes nothing to them.
 */
export async function recordAccepted(
  db: Db,
  clientRef: string,
  providerId: string,
  by: 'answer' | 'records',
  now: number,
): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `with attempt as (
       update attempts set outcome = 'accepted', code = null, provider_id = :providerId, finished_at = :now,
           settled_by = case outcome when 'accepted' then settled_by else :by end
        where client_ref = :clientRef returning message_id),
     ${closedBy("select message_id from attempt where cast(:by as text) = 'answer'")},
     moved as (
       update messages set state = 'accepted', reason = null, accepted_at = coalesce(accepted_at, :now) from attempt
        where messages.id = attempt.message_id and messages.state in ('submitted', 'unknown', 'given_up'))
     select id from closed`,
    { clientRef, providerId, by, now: timestamp(now) },
  );
  return rows.map(({ id }) => id);
}

/**
 * Not taken for sure. Ended for good with `end`, or to be tried later: planned again, or as unknown as it was when an earlier
 * attempt may have been taken; a receipt may have said meanwhile that it was. A refusal that a run saw
 * overrides an `unknown` that another run recorded while the call was in flight.
 */
export async function recordRefused(
  db: Db,
  clientRef: string,
  code: string,
  end: FailureReason | undefined,
  now: number,
): Promise<void> {
  await db.raw(
    `with attempt as (update attempts set outcome = 'refused', code = :code, settled_by = 'answer', finished_at = :now
       where client_ref = :clientRef and outcome is distinct from 'accepted' returning message_id, number),
     open as (
       select max(earlier.submitted_at) as since, bool_or(earlier.outcome = 'accepted') as taken
         from attempts earlier join attempt using (message_id)
        where earlier.number < attempt.number and (${isOpen('earlier')} or ${underWay('earlier')}))
     update messages set
         state = case when open.taken then 'accepted' when cast(:end as text) is not null then 'rejected'
           when open.since is not null then 'unknown' else 'planned' end,
         reason = case when open.taken then null else :end end,
         submitted_at = case when cast(:end as text) is not null then messages.submitted_at else open.since end
       from attempt, open where messages.id = attempt.message_id and messages.state in ('submitted', 'unknown')`,
    { clientRef, code, end: end ?? null, now: timestamp(now) },
  );
}

/**
 * Records that the outcome of the last attempt of a submitted message is unknown, after a crash or an unclear answer.
 * Returns the present state of the message, because a receipt may have come first. Attempts are locked before
 * messages, as by a receipt.
 */
export async function recordUnknown(db: Db, message: string, code: string, now: number): Promise<MessageState> {
  const { rows } = await db.raw<{ rows: { state: MessageState }[] }>(
    `with attempt as (update attempts set outcome = 'unknown', code = :code, finished_at = :now
       where message_id = :message and outcome is null returning id)
     update messages set state = case when state = 'submitted' then 'unknown' else state end
      where id = :message and (select count(*) from attempt) >= 0 returning state`,
    { message, code, now: timestamp(now) },
  );
  if (!rows[0]) throw new Error('no such message');
  return rows[0].state;
}

/** The outcome of the attempt is unknown, and no operator has answered for it. */
function isOpen(attempt: string): string {
  return `(${attempt}.outcome = 'unknown' and ${attempt}.settled_by is null)`;
}

/** Taken by the provider, and on its way or arrived as far as is known: an arrival moves its message by itself. */
function underWay(attempt: string): string {
  return `(${attempt}.outcome = 'accepted' and ${attempt}.receipt_rank <= ${receiptRank('submitted')})`;
}

/** An attempt of unknown outcome. */
export interface OpenAttempt {
  readonly clientRef: string;
  /** E.164. */
  readonly address: string;
  /** Epoch ms. */
  readonly submittedAt: number;
}

/** The attempts of a message that may have been accepted, first to last. */
export async function openAttempts(db: Db, message: string): Promise<readonly OpenAttempt[]> {
  const rows: { client_ref: string; address: string; submitted_at: Date }[] = await db('attempts')
    .where({ message_id: message })
    .whereRaw(isOpen('attempts'))
    .orderBy('number')
    .select('client_ref', 'address', 'submitted_at');
  return rows.map((row) => ({
    clientRef: row.client_ref,
    address: row.address,
    submittedAt: row.submitted_at.getTime(),
  }));
}

/**
 * The provider's records show that no open attempt of an unknown message was ever taken. With `again` it is planned once more;
 * without, it stays unknown, to be given up.
 */
export async function recordNotSent(
  db: Db,
  message: string,
  { again }: { readonly again: boolean },
  now: number,
): Promise<void> {
  await db.raw(
    `with attempt as (
       update attempts set outcome = 'not_sent', settled_by = 'records', finished_at = :now
        where message_id = :message and ${isOpen('attempts')} returning id)
     update messages set state = case when taken then 'accepted' else 'planned' end, submitted_at = case when taken then submitted_at end
       from (select exists (select from attempts a where a.message_id = :message and ${underWay('a')}) as taken) known
      where id = :message and state = 'unknown' and (:again or taken) and (select count(*) from attempt) >= 0`,
    { message, again, now: timestamp(now) },
  );
}

/**
 * Decides not to send an unknown message again. False: it is no longer unknown. A later receipt still settles it as
 * accepted.
 */
export async function giveUp(db: Db, message: string, now: number): Promise<boolean> {
  const reason: FailureReason = 'outcome_unknown_given_up';
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `with ended as (
       update messages set state = 'given_up', reason = :reason where id = :message and state = 'unknown' returning *),
     decided as (
       ${insertDecisions({
         from: 'ended m',
         at: 'cast(:now as timestamptz)',
         outcome: "'skip'",
         reason: ':reason',
         rule: "'settle.' || m.class",
       })})
     select id from ended`,
    { message, reason, now: timestamp(now) },
  );
  return rows.length > 0;
}
