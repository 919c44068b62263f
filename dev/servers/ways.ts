import { exists } from './cache.ts';
import { findOnPath, isProgram, type Machine } from './machine.ts';
import type { ProgramSource } from './resolve.ts';

/** A value of the form `host:port` stands for a server that already runs. */
export function isAddress(value: string): boolean {
  return /^[\w.-]+:\d{1,5}$/.test(value);
}

/** The way that an environment variable names: a program or, where `addresses` is true, the address of a server that already runs. */
export function configuredWay(variable: string, value: string | undefined, addresses: boolean): ProgramSource {
  return {
    name: variable,
    find: async () => {
      if (value === undefined || value === '') return { refusal: 'not set' };
      if (isProgram(value) || (addresses && isAddress(value))) return { path: value };
      return { refusal: `${value} is not a program that can be run${addresses ? ', nor host:port' : ''}`, asked: true };
    },
  };
}

export function pathWay(program: string, machine: Machine): ProgramSource {
  return {
    name: 'program on PATH',
    find: async () => {
      const path = findOnPath(program, machine.env);
      return path ? { path } : { refusal: `no ${program}` };
    },
  };
}

/** A program that an earlier run has downloaded or built. */
export function keptWay(candidates: readonly string[]): ProgramSource {
  return {
    name: 'kept from an earlier run',
    quiet: true,
    find: async () => {
      for (const path of candidates) if (await exists(path)) return { path };
      return { refusal: 'nothing yet' };
    },
  };
}
