/** Amounts as shops write them, in the minor units of their currency (ISO 4217 through Intl: EUR 2, KRW and JPY 0, KWD 3). */

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Below 10^12 major units every amount in minor units is a safe integer. */
export const DECIMAL = /^\d{1,12}(\.\d{1,20})?$/;

export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

function minorDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Minor units of a decimal such as `409.94`; undefined when it has more decimals than the currency. Zeros at the end do not count. */
export function toMinor(amount: string, currency: string): number | undefined {
  const [whole = '', decimals = ''] = amount.split('.');
  const needed = decimals.replace(/0+$/, '');
  const digits = minorDigits(currency);
  return needed.length > digits ? undefined : Number(whole + needed.padEnd(digits, '0'));
}

/** The number of decimals that an amount of this currency may have, for an error message. */
export function decimalsOf(currency: string): string {
  const digits = minorDigits(currency);
  return digits === 1 ? '1 decimal' : `${digits} decimals`;
}
