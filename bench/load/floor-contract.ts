/** Messages between the bench and the process of the floor. Types only: the workflow imports them too. */

/** The times of one order, from its first signal to its last. */
export interface EngineWork {
  readonly signals: number;
  readonly locals: number;
  readonly timers: number;
  readonly activities: number;
}

export interface FloorInput extends EngineWork {
  readonly sendQueue: string;
}

export interface FloorActivities {
  look(round: number): Promise<number>;
  send(round: number): Promise<number>;
}

export interface FloorRun {
  readonly kind: 'run';
  /** Numbers of workflows, each new. */
  readonly from: number;
  readonly count: number;
  readonly work: EngineWork;
}

export type FromFloor =
  | { readonly kind: 'polling' }
  | { readonly kind: 'done'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly why: string };
