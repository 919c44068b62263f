/** The steps of an erasure, in their order, and where the request may come from. */
export const ERASURE_STEPS = ['suppress', 'end_orders', 'remove_data', 'redact_provider'] as const;
export type ErasureStep = (typeof ERASURE_STEPS)[number];

export type ErasureSource = 'api' | 'page' | 'shop';

/** Counts by name. */
export type StepDetail = Readonly<Record<string, number>>;
