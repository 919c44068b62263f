import { parseArgs } from 'node:util';

/**
 * Exit codes of every operator command: 0; 1 for a failure or a finding; 2, with the usage, for arguments that it
 * does not understand.
 */
export async function runCommand<T>(
  usage: string,
  chosen: T | undefined,
  run: (chosen: T) => Promise<boolean | void>,
): Promise<void> {
  if (chosen === undefined) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = (await run(chosen)) === false ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/** The arguments of a command `VERB [--brand ID]`. Undefined: they have another form. */
export function brandArguments(verb: string): { readonly brand?: string } | undefined {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: { brand: { type: 'string' } } });
    return positionals.length === 1 && positionals[0] === verb ? values : undefined;
  } catch {
    return undefined;
  }
}
