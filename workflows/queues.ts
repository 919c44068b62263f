/** The task queues, by the name a worker is started with. */
export const QUEUES = ['orders', 'send'] as const;
export type Queue = (typeof QUEUES)[number];
