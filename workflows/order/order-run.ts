/** A run in its workflow: the state of the interpreter (domain/journey/run.ts), and what only the workflow needs beside it. */
import type { Happening, Run, RunFact } from '../../domain/journey/run.ts';
import { advance } from '../../domain/journey/run.ts';
import type { OrderRef } from '../contract.ts';
import type { OrderJourneyInput } from './carried-run.ts';
import { runOf } from './carried-run.ts';
import { CommandLog } from './command-log.ts';

export class OrderRun {
  readonly ref: OrderRef;
  readonly commands: CommandLog;
  /** Set by signals, commands and finished sends; the main loop plans again. */
  dirty = false;
  /** The person is being erased: nothing more is done for the order. */
  erased = false;
  /** Unknown outcomes are settled in a pause too. False in a run that began before they were. */
  settlesInPause = false;
  #run: Run;
  /** Facts that have come and are not applied yet. */
  #heard: RunFact[] = [];
  #heardAt = 0;

  constructor({ brand, order, carried }: OrderJourneyInput) {
    this.ref = { brand, order };
    this.commands = new CommandLog(carried?.commands);
    this.#run = runOf(carried);
  }

  /** With all facts that have come. */
  get run(): Run {
    if (this.#heard.length > 0) {
      const facts = this.#heard;
      this.#heard = [];
      this.#run = advance(this.#run, { kind: 'facts', facts }, this.#heardAt);
    }
    return this.#run;
  }

  /** Facts are applied together when the run is next read, because thousands may arrive in one workflow task. */
  learn(now: number, ...facts: readonly RunFact[]): void {
    if (facts.length === 0) return;
    for (const fact of facts) this.#heard.push(fact);
    this.#heardAt = now;
    this.dirty = true;
  }

  /**
   * Tells the main loop to plan again if the order or a step has changed, and after every send, because the next
   * message may have waited for it.
   */
  take(happening: Happening, now: number): void {
    const before = this.run;
    this.#run = advance(before, happening, now);
    if (this.#run.state !== before.state || happening.kind === 'result') this.dirty = true;
  }

  /** Changes that ask for no new plan. */
  replace(run: Run): void {
    this.#run = run;
  }
}
