/** The basis of a decision beside the facts of the message: the places where the person may be, and the rules that hold there. */
export interface DecisionBasis {
  readonly zones: readonly string[];
  readonly zoneSource: string;
  readonly jurisdictions: readonly string[];
  /** With their versions. */
  readonly packs: readonly string[];
  /** Ids of the rows that were looked at. */
  readonly rules: readonly string[];
  /** The wall clock in the first of the zones, `2027-03-14T09:05`. */
  readonly localTime?: string;
  /** The entry of the consent ledger it rests on. */
  readonly consent?: string;
}

/** Of a decision that no country's rules were asked for. */
export const NO_BASIS: DecisionBasis = { zones: [], zoneSource: 'none', jurisdictions: [], packs: [], rules: [] };
