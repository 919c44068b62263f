/** Checks answers of the API against its own description, as a reader of /openapi.json with a validator would. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;
interface Media {
  readonly schema?: Json;
  readonly example?: unknown;
}
interface Described {
  readonly description: string;
  readonly content?: Readonly<Record<string, Media>>;
}
export interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Described>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Contract {
  /** Operations with their method and path. */
  readonly operations: readonly { readonly path: string; readonly method: string; readonly operation: Operation }[];
  /** Mistakes of a value where the description has `schema`; none when empty. `at`: a JSON pointer to that place. */
  faultsOf(at: string, value: unknown): string[];
  /** Throws if the answer differs from the description. An answer without an operation (404, 405) is not checked. */
  check(answer: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly body: unknown;
  }): void;
  /** The operations that have been answered, each with its statuses: `readOrder 200`. */
  readonly answered: ReadonlySet<string>;
}

const pointer = (...parts: readonly string[]): string =>
  parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export function contractOf(document: OpenApi): Contract {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  // Answers are in UTC, to the millisecond.
  ajv.addSchema(document, 'api');
  const answered = new Set<string>();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const known = operations.map((one) => ({
    ...one,
    matches: new RegExp(`^${one.path.replaceAll(/[.]/g, String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));

  function faultsOf(at: string, value: unknown): string[] {
    const validate = ajv.getSchema(`api#${at}`) ?? ajv.compile({ $ref: `api#${at}` });
    if (validate(value) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  return {
    operations,
    faultsOf,
    answered,
    check({ method, path, status, body }) {
      const [pathname = ''] = path.split('?');
      // A path without a parameter first: /v1/opt-outs/import is no /v1/opt-outs/{id}.
      const found = known
        .filter((one) => one.method === method.toLowerCase() && one.matches.test(pathname))
        .toSorted((a, b) => Number(a.path.includes('{')) - Number(b.path.includes('{')))[0];
      if (!found) return;
      const { operationId, responses } = found.operation;
      const described = responses[status];
      if (!described) throw new Error(`${operationId} answered ${status}, which its description lacks`);
      answered.add(`${operationId} ${status}`);
      const [type] = Object.keys(described.content ?? {});
      if (type === undefined) return;
      const at = pointer('paths', found.path, found.method, 'responses', String(status), 'content', type, 'schema');
      const faults = faultsOf(at, body);
      if (faults.length > 0) throw new Error(`${operationId} ${status} is not as described: ${faults.join('; ')}`);
    },
  };
}
