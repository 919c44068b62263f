/** Something a person has to look at: for a log line of level error and the metric. Ids and words only. */
export interface Alarm {
  readonly kind: 'template_blocked' | 'sender_blocked' | 'circuit_opened' | 'alert';
  readonly brand: string;
  readonly message: string;
  readonly code: string;
}
