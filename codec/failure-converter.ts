/** Loaded by path, by the worker and into the workflow sandbox: messages and traces of failures become payloads, which a codec encrypts. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
