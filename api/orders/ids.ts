/** Refuses ids that are the customer's phone number. Ids travel to Temporal and stay in the audit log, where no phone number may be. */
import type { Db } from '../../db/connection/connect.ts';
import { numbersOfOrder } from '../../db/orders/order-numbers.ts';
import { isNumberOf, mayBeNumber } from '../../domain/orders/order-id.ts';
import type { FieldError } from '../http/problem.ts';
import { invalid } from '../http/problem.ts';

/** The ids of a request, by JSON pointer. */
export type GivenIds = Readonly<Record<string, string | undefined>>;

/** Throws the problem `invalid`, which does not contain the number. */
export function refuseNumbers(ids: GivenIds, numbers: readonly string[]): void {
  const errors = Object.entries(ids).flatMap(([pointer, id]): FieldError[] =>
    id !== undefined && isNumberOf(id, numbers)
      ? [
          {
            pointer,
            detail: "must not contain the customer's phone number: ids are stored unencrypted in Temporal",
          },
        ]
      : [],
  );
  if (errors.length > 0) throw invalid(errors);
}

/** The same for ids about an order, known or still to come. `named`: a number in the request itself. */
export async function refuseNumbersOf(
  db: Db,
  { brand, order }: { brand: string; order: string },
  ids: GivenIds,
  named?: string,
): Promise<void> {
  const suspects = Object.values(ids).some((id) => id !== undefined && mayBeNumber(id));
  if (!suspects) return;
  const known = await numbersOfOrder(db, brand, order);
  refuseNumbers(ids, named === undefined ? known : [...known, named]);
}
