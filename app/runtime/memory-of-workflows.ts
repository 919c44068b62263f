/** Loaded by the threads of workflows: each has a heap of its own. */
import { giveBackAtRest } from './memory-at-rest.ts';

giveBackAtRest();
