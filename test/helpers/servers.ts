import { inject } from 'vitest';
import type { Shared } from './global-setup.ts';

/** Asks the run's main process for something that all test files share. Throws with the reason if it cannot be had. */
export async function shared<Name extends keyof Shared>(name: Name): Promise<Shared[Name]> {
  if (inject('pure'))
    throw new Error(`${name} is asked for by a file that is among the pure tests of vitest.config.ts`);
  const response = await fetch(`${inject('sharedUrl')}/${name}`);
  const body = await response.text();
  if (!response.ok) throw new Error(body);
  return JSON.parse(body) as Shared[Name];
}
