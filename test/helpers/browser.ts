/** A real Chromium, as a customer's phone or computer has it. */
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { shared } from './servers.ts';

/**
 * Starts one with a profile of its own. In a container it has no sandbox and no graphics card; and it is kept from asking its maker's
 * servers for anything. Fails, saying how to install one, on a machine without.
 */
export async function openBrowser(): Promise<Browser> {
  const { path } = await shared('browser');
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
