/**
 * Loaded by the threads of workflows before anything else. Temporal's SDK takes a stack trace of every promise of a workflow, for Temporal
 * UI's page "call stack", and has no setting for that: it was a seventh of the CPU of the worker of orders. It does without where V8 has no
 * hooks for promises, and then says so in a line that is no line of our log.
 */
import { promiseHooks } from 'node:v8';

const NOTICE = 'v8.promiseHooks.createHook is not available';
const warn = console.warn.bind(console);

Object.assign(promiseHooks, {
  createHook() {
    throw new Error(NOTICE);
  },
});
console.warn = (...words: readonly unknown[]) => {
  if (!String(words[0]).startsWith(NOTICE)) warn(...words);
};
