import type { MessageStatus } from '../../domain/orders/events.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import type { Awaited, CarriedRun, Settling } from './carried-run.ts';
import type { Leg } from './leg.ts';

/** The messages of a run that are not settled: being sent, of unknown outcome, or awaited because another channel follows. */
export class MessagesUnderWay {
  /** By message. */
  readonly #sending = new Map<string, Leg>();
  /** Reports about messages that are being sent, by message. */
  readonly #reported = new Map<string, MessageStatus['status']>();
  #settling: Readonly<Record<string, Settling>>;
  #awaited: Readonly<Record<string, Awaited>>;

  constructor({ settling = {}, awaited = {} }: Partial<Pick<CarriedRun, 'settling' | 'awaited'>> = {}) {
    this.#settling = settling;
    this.#awaited = awaited;
  }

  /** Nothing is being sent. */
  get idle(): boolean {
    return this.#sending.size === 0;
  }

  sending(leg: Leg): void {
    this.#sending.set(leg.message, leg);
  }

  /** The sending has ended. Returns what was reported meanwhile. */
  sent({ message }: Leg): MessageStatus['status'] | undefined {
    const reported = this.#reported.get(message);
    this.#sending.delete(message);
    this.#reported.delete(message);
    return reported;
  }

  /** The outcome is unknown, to be settled at `at`. */
  unclear({ message, kind, key, hop }: Leg, at: number): void {
    const name = hop === 0 ? key : message;
    this.#settling = { ...this.#settling, [name]: { message, kind, at, ...(hop > 0 && { key, hop }) } };
  }

  isSettling(step: string): boolean {
    return Object.entries(this.#settling).some(([name, { key = name }]) => key === step);
  }

  get settledAt(): readonly number[] {
    return Object.values(this.#settling).map(({ at }) => at);
  }

  /** Takes out the messages whose time to be settled has come. */
  takeSettlements(now: number): readonly Leg[] {
    const entries = Object.entries(this.#settling);
    this.#settling = Object.fromEntries(entries.filter(([, { at }]) => at > now));
    return entries
      .filter(([, { at }]) => at <= now)
      .map(([name, { message, kind, key = name, hop = 0 }]) => ({ key, hop, message, kind, unclear: true }));
  }

  /** Another channel follows on this message unless it arrives. */
  await({ message, key, hop }: Leg): void {
    this.#awaited = { ...this.#awaited, [message]: { key, hop } };
  }

  /** Takes in a report. Returns the message that waits for it now; for a message that is being sent it is kept. */
  report(message: string, status: MessageStatus['status']): Awaited | undefined {
    if (this.#sending.has(message)) this.#reported.set(message, status);
    return this.#awaited[message];
  }

  /** The steps are done: no later report changes anything. */
  forget(...keys: readonly string[]): void {
    const done = new Set(keys);
    this.#awaited = Object.fromEntries(Object.entries(this.#awaited).filter(([, { key }]) => !done.has(key)));
  }

  carry(): Pick<CarriedRun, 'settling' | 'awaited'> {
    return { settling: this.#settling, ...(Object.keys(this.#awaited).length > 0 && { awaited: this.#awaited }) };
  }

  /**
   * Messages that have to let another one go first: those that belong together arrive in order ("shipped" after "thank you"),
   * and messages that are no urgent updates keep a distance. An urgent one never waits behind a promotion in a long queue.
   */
  turn(): (kind: MessageKind) => boolean {
    const urgentUnderWay = [...this.#sending.values()].some(({ kind }) => kindRule(kind).urgent);
    return (kind) => !this.idle && (urgentUnderWay || !kindRule(kind).urgent);
  }
}
