/** A route as data: the router mounts it and the OpenAPI document lists it from the same place. */
import type { z } from 'zod';
import type { Brand } from '../../domain/orders/brand.ts';
import { wordsOfMistake } from '../../domain/text/missing-value.ts';
import type { Scope } from '../../domain/access/scope.ts';
import type { FieldError, ProblemCode } from './problem.ts';
import type { Answer, Answers, BodyOf, Surplus } from './answer.ts';
import { invalid, notFound } from './problem.ts';
import { wordsOfIssue } from './words-of-issue.ts';

/** Resources, in the order in which the reference shows them. */
export const TAGS = {
  Orders: 'Orders and their events, as a shop reports them, and the view of what follows from them.',
  Commands: "An operator's commands to a running order.",
  Contacts: 'People: who they are, and the links that they have been sent.',
  Consents: 'What people agreed to, what they refused, and lists that were asked.',
  Cases: 'Support work with an agent.',
  Messages: 'Messages of the ledger, what holds them back, and what operators do by hand.',
  Decisions: 'Why a message was sent, waits, or was not sent.',
  Limits: 'What is booked, and how near a brand is to its limits.',
  Privacy: "A person's data, and that it goes.",
  Operations: 'What operators look at: audit log, dead letters, health.',
  Webhooks: 'Called by the provider and by shops. They are signed.',
  Codec: "For Temporal's tools, where payloads are encrypted.",
} as const;

export type Tag = keyof typeof TAGS;

interface RouteHead {
  /** The resource it belongs to. */
  readonly tag: Tag;
  /** Its name in generated clients: a verb and its object. It never changes, because callers would break. */
  readonly operationId: string;
  readonly method: 'get' | 'post' | 'delete';
  /** As the router writes it: `/v1/orders/:id`. */
  readonly path: string;
  readonly summary: string;
  readonly id?: z.ZodType<string>;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The most bytes of a body, for a list that may be longer than any order. */
  readonly bodyLimit?: number;
  readonly answers: Answers;
  /** Problems of its own, besides those every route can have. */
  readonly problems: readonly ProblemCode[];
}

/** A request of an authenticated brand, not checked any further. */
export interface BrandRequest {
  readonly brand: Brand;
  /** The label of the key: who is recorded as having changed something. */
  readonly actor: string;
  /** The `:id` of the path, empty where there is none. */
  readonly id: string;
  readonly query: unknown;
  readonly json: unknown;
  /** Epoch ms. */
  readonly now: number;
  /** The caller's Idempotency-Key, or a new one. */
  readonly key: string;
  /** The caller's Idempotency-Key, if there is one. */
  readonly givenKey: string | undefined;
}

/** The same, checked against the route's schemas. `json` stays as it came. */
export interface BrandCall<Body, Query> extends Omit<BrandRequest, 'query'> {
  readonly body: Body;
  readonly query: Query;
}

export interface BrandRoute extends RouteHead {
  readonly access: 'brand';
  /** The scope that a key needs for the route. A route without one does not compile. */
  readonly scope: Scope;
  readonly run: (request: BrandRequest) => Promise<Answer>;
}

/** A request without a key, as it is before its body was read. */
export interface OpenHead {
  readonly authorization: string | undefined;
  /** The value of a header; empty if the request lacks it. */
  readonly header: (name: string) => string;
  /** The `:id` of the path, empty where there is none. */
  readonly id: string;
  /** Epoch ms. */
  readonly now: number;
}

/** The same with its body: webhooks check their own signature over the raw bytes. */
export interface OpenRequest extends OpenHead {
  readonly rawBody: Buffer;
}

interface OpenRouteHead extends RouteHead {
  readonly access: 'open';
  /** Bytes that the body may have, where it is more than usual. */
  readonly bodyLimit?: number;
  /** The caller's proof of identity, if it is not a brand's key. Absent: the route is open to all. */
  readonly signedBy?: 'vonage' | 'shopify' | 'codec';
  /** The one other site whose pages may call it from a browser. */
  readonly pagesOf?: string;
  readonly run: (request: OpenRequest) => Promise<Answer>;
}

/** An open route has to decide whose bodies it reads: without `admit` it does not compile. */
export type OpenRoute = OpenRouteHead &
  (
    | { readonly method: 'get' }
    | {
        readonly method: 'post';
        /** Throws a Problem for a caller whose body must not be read. A signature can only be checked with the body. */
        readonly admit: (head: OpenHead) => Promise<void>;
      }
  );

export type Route = BrandRoute | OpenRoute;

interface BrandRouteDefinition<
  Body extends z.ZodType,
  Query extends z.ZodObject,
  All extends Answers,
  Status extends keyof All & number,
  Given,
> extends RouteHead {
  readonly answers: All;
  readonly scope: Scope;
  /** The problem of an `:id` that cannot exist. */
  readonly subject?: string;
  readonly body?: Body;
  readonly query?: Query;
  /** Mistakes that only the brand's data shows, in a body that may have others: all are reported at once. */
  readonly alsoWrong?: (json: unknown, brand: Brand) => readonly FieldError[];
  /** One sentence about a body of another kind, which replaces a mistake for each field. */
  readonly mistakenFor?: (json: unknown) => FieldError | undefined;
  readonly handle: (
    call: BrandCall<z.output<Body>, z.output<Query>>,
  ) => Promise<Answer & { readonly status: Status; readonly body: Given }>;
}

/**
 * A route for a brand's key. Its handler gets only what its schemas accept, and answers only what they describe. A
 * handler that answers with a further field is asked for an impossible argument, whose type names the field.
 */
export function brandRoute<
  Body extends z.ZodType,
  Query extends z.ZodObject,
  const All extends Answers,
  Status extends keyof All & number,
  Given extends BodyOf<All>,
>(
  definition: BrandRouteDefinition<Body, Query, All, Status, Given>,
  ..._surplus: [Surplus<Given, BodyOf<All>>] extends [never]
    ? []
    : [fieldThatTheSchemaLacks: Surplus<Given, BodyOf<All>>]
): BrandRoute {
  const { handle, subject = 'resource', alsoWrong, mistakenFor, ...head } = definition;
  return {
    ...head,
    access: 'brand',
    run: async (request) => {
      if (definition.id && !definition.id.safeParse(request.id).success) throw notFound(subject);
      return handle({
        ...request,
        query: checked(definition.query, request.query, (path) => `?${path.join('.')}`),
        body: checked(definition.body, request.json, pointerOf, {
          other: mistakenFor?.(request.json),
          further: alsoWrong?.(request.json, request.brand),
        }),
      });
    },
  };
}

/** The most mistakes that are reported at once. */
const MOST_ERRORS = 20;

interface Mistakes {
  /** Told alone. */
  readonly other?: FieldError | undefined;
  readonly further?: readonly FieldError[] | undefined;
}

function checked<Schema extends z.ZodType>(
  schema: Schema | undefined,
  value: unknown,
  point: (path: readonly PropertyKey[]) => string,
  { other, further = [] }: Mistakes = {},
): z.output<Schema> {
  if (!schema) return undefined as z.output<Schema>;
  const result = schema.safeParse(value, { error: wordsOfIssue });
  if (result.success) return result.data;
  if (other) throw invalid([other]);
  const errors = result.error.issues.flatMap((issue) => errorsOf(issue, value, point));
  throw invalid([...errors, ...further].slice(0, MOST_ERRORS));
}

function errorsOf(
  issue: z.core.$ZodIssue,
  value: unknown,
  point: (path: readonly PropertyKey[]) => string,
): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: point(issue.path), detail: wordsOfMistake(issue, value) }];
  return issue.keys.map((key) => ({ pointer: point([...issue.path, key]), detail: 'is not a known field' }));
}

/** RFC 6901. A field name is the caller's own and may be of any length: it is cut. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
