import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exists } from './cache.ts';
import type { Machine } from './machine.ts';
import { withProgress } from './progress.ts';
import { messageOf, type ProgramSource } from './resolve.ts';
import { runHidden } from './run-program.ts';

/** Without a time limit, a firewall that drops packets would hold a run for ever. */
const DOWNLOAD_LIMIT_MS = 5 * 60_000;

const NOT_CONNECTED = 'the download site cannot be reached';

export type Download = { readonly kind: 'dev-server' | 'time-skipping'; readonly version: string };

/** Lets the SDK download a server; gives the path, throws when that is not possible. */
export type Downloader = (download: Download) => Promise<string>;

/** Where the SDK stores a download (sdk-core, `ephemeral_server/mod.rs`, get_or_download). */
export function downloadedPath(machine: Machine, download: Download): string {
  const program = download.kind === 'dev-server' ? 'temporal' : 'temporal-test-server';
  const extension = process.platform === 'win32' ? '.exe' : '';
  return join(machine.cacheFolder, 'downloads', `${program}-${download.version}${extension}`);
}

/** `yes` allows it. */
const ALLOWED_BY = 'DOPO_UNCHECKED_DOWNLOADS';

/** The last way, and only if the user has named it: there is no hash to compare the archive with. */
export function downloadWay(machine: Machine, wanted: Download, download: Downloader): ProgramSource {
  return {
    name: "the SDK's download",
    find: async () => {
      if (machine.env[ALLOWED_BY] !== 'yes') return { refusal: `compared with no sum, ${ALLOWED_BY}=yes allows it` };
      const kept = downloadedPath(machine, wanted);
      return { path: (await exists(kept)) ? kept : await download(wanted) };
    },
  };
}

/**
 * Returns a downloader that remembers when the site cannot be reached, as both servers come from it. The download runs in a process of its
 * own, because the SDK's Runtime can be configured only once per process and that belongs to the program that called us.
 */
export function sdkDownloader(machine: Machine): Downloader {
  let unreachable: Error | undefined;
  return async (download) => {
    if (unreachable) throw unreachable;
    const path = downloadedPath(machine, download);
    await mkdir(join(machine.cacheFolder, 'downloads'), { recursive: true });
    const script = fileURLToPath(new URL('download-server.ts', import.meta.url));
    const args = [script, download.kind, download.version, join(machine.cacheFolder, 'downloads')];
    try {
      await withProgress(`Downloading the Temporal ${download.kind} program (once per machine)`, () =>
        runHidden(process.execPath, args, { env: machine.env, timeoutMs: DOWNLOAD_LIMIT_MS }),
      );
    } catch (error) {
      const failure = new Error(reasonOf(error));
      if (failure.message.includes(NOT_CONNECTED)) unreachable = failure;
      throw failure;
    }
    if (!(await exists(path))) throw new Error(`the SDK reported success, but ${path} is not there`);
    return path;
  };
}

/** The SDK's message chains every layer's words; the innermost three say what happened. */
function reasonOf(error: unknown): string {
  const lines = messageOf(error).trim().split('\n');
  const layers = (lines.at(-1) ?? '').split(': ');
  const unconnected = messageOf(error).includes('error sending request') ? `${NOT_CONNECTED}, ` : '';
  return `${unconnected}${layers.slice(-3).join(': ')}`;
}
