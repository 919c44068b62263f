/** OpenAPI 3.1 of the routes that are mounted, from the schemas that check their requests. */
import { z } from 'zod';
import { SCOPES } from '../../domain/access/scope.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEMS } from './problem.ts';
import type { OpenRoute, Route } from './route.ts';

/** Problems that any route with a key, and any route with a JSON body, can answer. */
const WITH_KEY: readonly ProblemCode[] = [
  'unauthorized',
  'scope_missing',
  'rate_limited',
  'database_busy',
  'database_unavailable',
];
const WITH_BODY: readonly ProblemCode[] = [
  'not_utf8',
  'not_json',
  'too_deep',
  'repeated_field',
  'incomplete_body',
  'busy',
  'body_too_large',
  'unsupported_media',
  'invalid',
  'key_reused',
  'in_progress',
];

const problemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().describe('Id of the request, as in the X-Request-Id header and the log'),
  errors: z
    .array(z.object({ pointer: z.string().describe('JSON pointer into the body'), detail: z.string() }))
    .optional(),
});

/** The route that serves the description of all others and itself. */
export function openApiRoute(others: readonly Route[]): Route {
  const route: OpenRoute = {
    access: 'open',
    method: 'get',
    path: '/openapi.json',
    summary: 'This description.',
    answers: { 200: { description: 'OpenAPI 3.1' } },
    problems: [],
    run: async () => ({ status: 200, body: document }),
  };
  const document = JSON.stringify(openApi([...others, route]));
  return route;
}

function openApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Dopo',
      version: '1',
      description:
        'The conversation a shop has with a customer after checkout. Times are ISO 8601 with zone; ids are opaque strings.',
    },
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `A key of the brand: dopo_... Scopes: ${SCOPES.join(', ')}`,
        },
      },
      schemas: { Problem: schemaOf(problemAnswer, 'output') },
    },
  };
}

function operation(route: Route): object {
  const forBrand = route.access === 'brand';
  const codes = [...(forBrand ? WITH_KEY : []), ...(forBrand && route.body ? WITH_BODY : []), ...route.problems];
  if (forBrand && route.query) codes.push('invalid');
  return {
    summary: route.summary,
    ...(route.access === 'brand' && {
      description: `Scope of the key: \`${route.scope}\`.`,
      security: [{ key: [route.scope] }],
    }),
    parameters: parametersOf(route),
    ...(route.body && { requestBody: { required: true, content: json(route.body, 'input') } }),
    responses: { ...answersOf(route), ...problemsOf(codes) },
  };
}

function parametersOf({ id, query, method, access }: Route): object[] {
  const names = Object.entries(query?.shape ?? {});
  return [
    ...(id ? [{ name: 'id', in: 'path', required: true, schema: schemaOf(id, 'input') }] : []),
    ...names.map(([name, schema]) => ({
      name,
      in: 'query',
      required: false,
      schema: schemaOf(schema as z.ZodType, 'input'),
    })),
    ...(method === 'post' && access === 'brand'
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            schema: { type: 'string', minLength: 1, maxLength: 100 },
          },
        ]
      : []),
  ];
}

function answersOf({ answers }: Route): Record<string, object> {
  const entries = Object.entries(answers).map(([status, { description, schema }]) => [
    status,
    { description, ...(schema && { content: json(schema, 'output') }) },
  ]);
  return Object.fromEntries(entries) as Record<string, object>;
}

/** One response per status; its description lists the problem types. */
function problemsOf(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  const entries = [...byStatus].map(([status, ofStatus]) => [
    String(status),
    {
      description: ofStatus.map((code) => `${code}: ${PROBLEMS[code].title}`).join('. '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]);
  return Object.fromEntries(entries) as Record<string, object>;
}

function json(schema: z.ZodType, io: 'input' | 'output'): object {
  return { 'application/json': { schema: schemaOf(schema, io) } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return described;
}
