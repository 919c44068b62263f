/** The shape of a journey as it travels and is stored. compiled-journey.ts writes and reads it. */

/** The number of the form that is written now. */
export type CompiledForm = 2;

/** A step: its name, the act where it is not to send the kind of that name, the trigger, and the other words by their compact key. */
export interface CompiledStep {
  readonly i: string;
  readonly s?: string;
  readonly o?: string;
  readonly w: string;
  readonly [wire: string]: unknown;
}

export type CompiledJourney = { readonly name: string; readonly version: number } & (
  | { readonly form: CompiledForm; readonly steps: readonly CompiledStep[] }
  /** The form of before, which was not numbered: a line per step (step-lines.ts). */
  | { readonly form?: never; readonly steps: readonly string[] }
);
