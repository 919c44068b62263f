/** The shape of a journey as it travels and is stored. compiled-journey.ts writes and reads it. */

/** The number of the form that is written now. */
export type CompiledForm = 2;

/**
 * A step: its name, its act (left out if the step sends the kind of its name), its trigger, and its other words by
 * their compact key.
 */
export interface CompiledStep {
  readonly i: string;
  readonly s?: string;
  readonly o?: string;
  readonly w: string;
  readonly [wire: string]: unknown;
}

export type CompiledJourney = { readonly name: string; readonly version: number } & (
  | { readonly form: CompiledForm; readonly steps: readonly CompiledStep[] }
  /** The form before form 2. It had no number: a line per step (compiled-journey.ts). */
  | { readonly form?: never; readonly steps: readonly string[] }
);
