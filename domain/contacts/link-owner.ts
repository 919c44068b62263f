/** The number that a link belongs to, in the form the link carries. */
export interface LinkOwner {
  /** 8 random bytes: `addresses.link_id`. */
  readonly id: Buffer;
  /** A link of an earlier epoch opens nothing: `addresses.link_epoch`. */
  readonly epoch: number;
}
