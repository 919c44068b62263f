/** The messages of a run that are not settled: being sent, of unknown outcome, or watched because another channel follows. Plain data. */
import type { MessageStatus } from '../orders/events.ts';
import type { MessageKind } from '../sending/message.ts';
import { kindRule } from '../sending/message.ts';
import type { ChannelAttempt, StepChannel } from './failover.ts';

type Status = MessageStatus['status'];
type ByName<T> = Readonly<Record<string, T>>;

/** A message whose outcome is unknown, and when it is to be settled, epoch ms. */
export interface UnclearAttempt {
  readonly attempt: ChannelAttempt;
  readonly at: number;
}

export interface MessagesUnderWay {
  /** By message. */
  readonly sending: ByName<ChannelAttempt>;
  /** Reports about messages that are being sent, by message. */
  readonly reported: ByName<Status>;
  /** By step key; from the second channel on by message. */
  readonly unclear: ByName<UnclearAttempt>;
  /** By message: those that have another channel behind them. */
  readonly watched: ByName<StepChannel>;
}

export const NONE_UNDER_WAY: MessagesUnderWay = { sending: {}, reported: {}, unclear: {}, watched: {} };

/** True if no message is being sent. */
export function isIdle({ sending }: MessagesUnderWay): boolean {
  return Object.keys(sending).length === 0;
}

/** `watch`: another channel follows on this message unless it arrives. */
export function withSending(under: MessagesUnderWay, attempt: ChannelAttempt, watch: boolean): MessagesUnderWay {
  const { message, key, channelIndex } = attempt;
  return {
    ...under,
    sending: { ...under.sending, [message]: attempt },
    ...(watch && { watched: { ...under.watched, [message]: { key, channelIndex } } }),
  };
}

/** The sending has ended. */
export function withoutSending(under: MessagesUnderWay, { message }: ChannelAttempt): MessagesUnderWay {
  return { ...under, sending: without(under.sending, message), reported: without(under.reported, message) };
}

/** A report is kept while its message is being sent. */
export function withReport(under: MessagesUnderWay, message: string, status: Status): MessagesUnderWay {
  if (!Object.hasOwn(under.sending, message)) return under;
  return { ...under, reported: { ...under.reported, [message]: status } };
}

/** The outcome is unknown, to be settled at `at`. */
export function withUnclear(under: MessagesUnderWay, attempt: ChannelAttempt, at: number): MessagesUnderWay {
  const name = attempt.channelIndex === 0 ? attempt.key : attempt.message;
  return { ...under, unclear: { ...under.unclear, [name]: { attempt, at } } };
}

/** Removes messages of steps that are done: no later report changes anything. */
export function withoutWatched(under: MessagesUnderWay, keys: readonly string[]): MessagesUnderWay {
  const done = new Set(keys);
  const watched = Object.fromEntries(Object.entries(under.watched).filter(([, { key }]) => !done.has(key)));
  return { ...under, watched };
}

export function isUnclear({ unclear }: MessagesUnderWay, step: string): boolean {
  return Object.values(unclear).some(({ attempt }) => attempt.key === step);
}

export function settlementTimes({ unclear }: MessagesUnderWay): readonly number[] {
  return Object.values(unclear).map(({ at }) => at);
}

/** Takes out the messages whose time to be settled has come. */
export function takeDue(under: MessagesUnderWay, now: number): readonly [readonly ChannelAttempt[], MessagesUnderWay] {
  const entries = Object.entries(under.unclear);
  const due = entries
    .filter(([, { at }]) => at <= now)
    .map(([, { attempt }]) => ({ ...attempt, unclear: true }) as const);
  if (due.length === 0) return [due, under];
  return [due, { ...under, unclear: Object.fromEntries(entries.filter(([, { at }]) => at > now)) }];
}

/**
 * Messages that a due message has to wait for. Messages that belong together arrive in order ("shipped" after "thank
 * you"), and messages that are not urgent keep a distance. An urgent message never waits behind a promotion, whose
 * queue may be long.
 */
export function mustWait(under: MessagesUnderWay): (kind: MessageKind) => boolean {
  const urgentUnderWay = Object.values(under.sending).some(({ kind }) => kindRule(kind).urgent);
  return (kind) => !isIdle(under) && (urgentUnderWay || !kindRule(kind).urgent);
}

function without<T>(record: ByName<T>, name: string): ByName<T> {
  const { [name]: _left, ...others } = record;
  return others;
}
