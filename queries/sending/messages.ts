/** Messages as operations see them: what was tried, what came back, what was decided and by whom. No number, name or text. */
import type { Channel, MessageClass, MessageKind, MessageState } from '../../domain/sending/message.ts';
import type { FailureReason, SkipReason, WaitReason } from '../../domain/sending/reason.ts';
import type { AuditAction } from '../../domain/access/audit.ts';
import { CALL_IS_OVER } from '../../domain/sending/ledger.ts';
import type { Db } from '../../db/connection/connect.ts';
import { refuseUnknownCursor } from '../../db/connection/pages.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

/** All moments are ISO 8601 in UTC. */
export interface MessageHead {
  readonly id: string;
  /** Null: a reply to the customer, about no order. */
  readonly order: string | null;
  readonly contact: string;
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly class: MessageClass;
  readonly channel: Channel;
  readonly state: MessageState;
  readonly reason: SkipReason | WaitReason | FailureReason | null;
  /** The provider's last code. */
  readonly code: string | null;
  readonly attempts: number;
  readonly dueAt: string;
  readonly usefulUntil: string;
  readonly submittedAt: string | null;
}

const HEAD = `m.id, m.order_id as "order", m.contact_id as contact, m.step, m.occurrence, m.kind, m.class, m.channel, m.state, m.reason,
  (select coalesce(s.code, a.code) from attempts a left join all_statuses s on s.attempt_id = a.id
    where a.message_id = m.id and coalesce(s.code, a.code) is not null order by a.number desc, s.occurred_at desc limit 1) as code,
  (select count(*) from attempts a where a.message_id = m.id) as attempts,
  ${iso('m.due_at')} as "dueAt", ${iso('m.useful_until')} as "usefulUntil", ${iso('m.submitted_at')} as "submittedAt"`;

/** States in which a message may need an operator. */
export const LISTED_STATES = ['unknown', 'given_up', 'rejected', 'undeliverable'] as const;

/**
 * Messages of a brand in a state, newest first. `after` is the id of the last message of the page before. `unknown`
 * includes messages whose run died before it could record an outcome.
 */
export async function listMessages(
  db: Db,
  brand: string,
  { state, after, limit }: { state: (typeof LISTED_STATES)[number]; after?: string | undefined; limit: number },
  now: number,
): Promise<{ readonly messages: readonly MessageHead[]; readonly next?: string }> {
  // Each part reads one range of an index, as long as the page. After an outage a state may have a hundred thousand
  // messages.
  const seenAt = '(select seen.created_at from messages seen where seen.brand_id = :brand and seen.id = :after)';
  const beyond = after === undefined ? '' : `and created_at <= ${seenAt} and (created_at < ${seenAt} or id > :after)`;
  const inState = (condition: string): string =>
    `(select * from messages where brand_id = :brand and ${condition} ${beyond} order by created_at desc, id limit :rows)`;
  const crashed = inState(`state = 'submitted' and submitted_at <= :overAt`);
  const { rows } = await db.raw<{ rows: MessageHead[] }>(
    `select ${HEAD} from (${inState('state = :state')} ${state === 'unknown' ? `union all ${crashed}` : ''}) m
      order by m.created_at desc, m.id limit :rows`,
    { brand, state, after: after ?? null, overAt: timestamp(now - CALL_IS_OVER), rows: limit + 1 },
  );
  await refuseUnknownCursor(rows, after, (id) => db('messages').where({ brand_id: brand, id }).first('id'));
  const messages = rows.slice(0, limit);
  const last = messages.at(-1);
  return rows.length > limit && last ? { messages, next: last.id } : { messages };
}

export interface AttemptView {
  readonly number: number;
  readonly submittedAt: string;
  /** Absent: the run that made the attempt has not recorded an outcome yet, or has died. */
  readonly outcome?: 'accepted' | 'refused' | 'unknown' | 'not_sent';
  readonly code?: string;
  readonly settledBy?: 'answer' | 'receipt' | 'records' | 'operator';
  readonly finishedAt?: string;
  /** The provider's id of the message. */
  readonly providerId?: string;
  readonly statuses: readonly {
    readonly status: string;
    readonly code?: string;
    readonly at: string;
    readonly receivedAt: string;
  }[];
}

/** A message with its decisions, its attempts and the commands of operators, each oldest first. */
export interface MessageDetails extends MessageHead {
  readonly attempted: readonly AttemptView[];
  readonly decisions: readonly {
    readonly at: string;
    readonly outcome: 'send' | 'wait' | 'skip';
    readonly reason?: SkipReason | WaitReason;
    readonly until?: string;
    readonly rule: string;
  }[];
  readonly redeliveries: readonly {
    readonly requestedAt: string;
    readonly cause: 'provider' | 'operator';
    readonly notBefore: string;
    readonly startedAt?: string;
  }[];
  readonly audit: readonly {
    readonly at: string;
    readonly actor: string;
    readonly action: AuditAction;
    readonly reason: string;
    readonly before?: object;
    readonly after?: object;
  }[];
}

/** Why a message was sent or was not. Undefined: no such message of this brand. */
export async function messageDetails(db: Db, brand: string, id: string): Promise<MessageDetails | undefined> {
  const { rows } = await db.raw<{ rows: MessageDetails[] }>(
    `select ${HEAD},
       ${listOf(
         `'number', a.number, 'submittedAt', ${iso('a.submitted_at')}, 'outcome', a.outcome, 'code', a.code,
           'settledBy', a.settled_by, 'finishedAt', ${iso('a.finished_at')}, 'providerId', a.provider_id,
           'statuses', ${listOf(
             `'status', s.status, 'code', s.code, 'at', ${iso('s.occurred_at')}, 'receivedAt', ${iso('s.received_at')}`,
             'all_statuses s where s.attempt_id = a.id',
             's.occurred_at, s.id',
           )}`,
         'attempts a where a.message_id = m.id',
         'a.number',
       )} as attempted,
       ${listOf(
         `'at', ${iso('d.decided_at')}, 'outcome', d.outcome, 'reason', d.reason, 'until', ${iso('d.wait_until')}, 'rule', d.rule`,
         `all_decisions d where d.contact_id = m.contact_id and d.brand_id = m.brand_id and d.order_id is not distinct from m.order_id
           and (d.step, d.occurrence, d.channel) = (m.step, m.occurrence, m.channel)`,
         'd.id',
       )} as decisions,
       ${listOf(
         `'requestedAt', ${iso('r.created_at')}, 'cause', r.cause, 'notBefore', ${iso('r.not_before')}, 'startedAt', ${iso('r.started_at')}`,
         'redeliveries r where r.message_id = m.id',
         'r.id',
       )} as redeliveries,
       ${listOf(
         `'at', ${iso('l.at')}, 'actor', l.actor, 'action', l.action, 'reason', l.reason, 'before', l.before, 'after', l.after`,
         `audit_log l where l.subject_kind = 'message' and l.subject_id = m.id::text`,
         'l.id',
       )} as audit
     from messages m where m.brand_id = :brand and m.id = :id`,
    { brand, id },
  );
  return rows[0];
}

/** A JSON list of objects without their nulls. */
function listOf(fields: string, from: string, order: string): string {
  return `(select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(${fields})) order by ${order}), '[]') from ${from})`;
}

/** A moment as JavaScript writes it. */
function iso(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
