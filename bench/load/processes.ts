/** CPU and memory of a process and its descendants, read from /proc, which only Linux has. */
import { readFileSync, readdirSync } from 'node:fs';

export interface Usage {
  /** User and system time of the process and all below it, those that have ended included, ms. */
  readonly cpuMs: number;
  /** Resident memory, MB. Pages that processes share are counted in each. */
  readonly rssMb: number;
  /** The same with shared pages divided among those that share them. */
  readonly pssMb: number;
}

interface Stat {
  readonly parent: number;
  readonly cpuMs: number;
}

/** USER_HZ, which is 100 wherever Node runs. */
const TICK_MS = 10;
const KB_PER_MB = 1024;

export function usageOf(root: number): Usage {
  const all = readAll();
  const usage = { cpuMs: 0, rssMb: 0, pssMb: 0 };
  for (const pid of treeOf(root, all)) {
    const memory = memoryOf(pid);
    usage.cpuMs += all.get(pid)?.cpuMs ?? 0;
    usage.rssMb += memory.rss / KB_PER_MB;
    usage.pssMb += memory.pss / KB_PER_MB;
  }
  return usage;
}

function readAll(): ReadonlyMap<number, Stat> {
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) all.set(Number(name), stat);
  }
  return all;
}

/**
 * Undefined: the process has ended in the meantime. The name in brackets may contain spaces; the times are words 14
 * to 17, the parent is word 4 (proc(5)).
 */
function statOf(pid: number): Stat | undefined {
  const words = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  if (!words) return undefined;
  const ticks = words.slice(11, 15).reduce((sum, word) => sum + Number(word), 0);
  return { parent: Number(words[1]), cpuMs: ticks * TICK_MS };
}

function treeOf(root: number, all: ReadonlyMap<number, Stat>): number[] {
  const below = [...all].filter(([, { parent }]) => parent === root).map(([pid]) => pid);
  return [root, ...below.flatMap((pid) => treeOf(pid, all))];
}

/** KB. */
function memoryOf(pid: number): { readonly rss: number; readonly pss: number } {
  const text = read(`/proc/${pid}/smaps_rollup`) ?? '';
  const value = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return { rss: value('Rss'), pss: value('Pss') };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
