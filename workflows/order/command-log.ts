import type { WorkflowRecord } from '../../activities/records.ts';

type CommandRecord = Extract<WorkflowRecord, { kind: 'command' }>;

const COMMANDS_KEPT = 20;

/** The commands that a run has carried out, and those among them that are not recorded yet. */
export class CommandLog {
  #seen: readonly string[];
  #unrecorded: readonly CommandRecord[] = [];

  /** `seen`: ids of the last commands, oldest first. */
  constructor(seen: readonly string[] = []) {
    this.#seen = seen;
  }

  get seen(): readonly string[] {
    return this.#seen;
  }

  /** True the first time a command id is seen. */
  isNew(id: string): boolean {
    if (this.#seen.includes(id)) return false;
    this.#seen = [...this.#seen, id].slice(-COMMANDS_KEPT);
    return true;
  }

  toRecord(record: CommandRecord): void {
    this.#unrecorded = [...this.#unrecorded, record];
  }

  isRecorded(command: string): boolean {
    return !this.#unrecorded.some(({ id }) => id === command);
  }

  get unrecorded(): readonly CommandRecord[] {
    return this.#unrecorded;
  }

  recorded(written: readonly CommandRecord[]): void {
    this.#unrecorded = this.#unrecorded.filter((record) => !written.includes(record));
  }
}
