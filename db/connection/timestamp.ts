/** A parameter for a timestamptz column in raw SQL, where the driver cannot infer the type. */
export function timestamp(at: number): string {
  return new Date(at).toISOString();
}
