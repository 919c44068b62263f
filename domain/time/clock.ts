/** Epoch ms. The one definition of now in a process: the wall clock, or the test server's clock on virtual time. */
export interface Clock {
  now(): number | Promise<number>;
}
