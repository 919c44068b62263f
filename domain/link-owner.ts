/** The number that the links in its messages belong to, as those links know it. */
export interface LinkOwner {
  /** 8 random bytes: `addresses.link_id`. */
  readonly id: Buffer;
  /** A link of an earlier one opens nothing: `addresses.link_epoch`. */
  readonly epoch: number;
}
