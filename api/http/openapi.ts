/** OpenAPI 3.1 of the routes that are mounted, from the schemas that check their requests and type their answers. */
import { z } from 'zod';
import { SCOPES } from '../../domain/access/scope.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEMS } from './problem.ts';
import type { OpenRoute, Route } from './route.ts';
import { problemSchema } from './schema.ts';
import { TAGS } from './route.ts';

/** Problems that any route with a key, and any route with a JSON body, can answer. */
const WITH_KEY: readonly ProblemCode[] = [
  'unauthorized',
  'scope_missing',
  'rate_limited',
  'database_busy',
  'database_unavailable',
  'internal',
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

/** The route that serves the description of all others and itself. It is written for the first reader and kept: writing it takes 10 MB. */
export function openApiRoute(others: readonly Route[]): Route {
  let document: string | undefined;
  const route: OpenRoute = {
    access: 'open',
    tag: 'Operations',
    operationId: 'describeApi',
    method: 'get',
    path: '/openapi.json',
    summary: 'This description.',
    answers: { 200: { description: 'OpenAPI 3.1', schema: openApiDocument } },
    problems: ['rate_limited'],
    run: async () => ({ status: 200, body: (document ??= JSON.stringify(openApi([...others, route]))) }),
  };
  return route;
}

const openApiDocument = z.looseObject({ openapi: z.string() }).meta({ examples: [{ openapi: '3.1.0' }] });

/** Schemas that have a name, as they are collected from all operations. */
type Components = Record<string, object>;

function openApi(routes: readonly Route[]): object {
  const schemas: Components = {};
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  schemaOf(problemSchema, 'output', schemas);
  const used = new Set(routes.map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Dopo',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: [
        'The conversation a shop has with a customer after checkout.',
        'Moments are ISO 8601 with zone, in answers in UTC. Ids are opaque strings. Mistakes are answered as `application/problem+json` with',
        'a JSON pointer to each. A `POST` with an `Idempotency-Key` is done once.',
      ].join(' '),
    },
    servers: [{ url: '/', description: 'The installation that serves this description' }],
    tags: Object.entries(TAGS).flatMap(([name, description]) =>
      used.has(name as keyof typeof TAGS) ? [{ name, description }] : [],
    ),
    paths,
    components: { securitySchemes: securitySchemesOf(routes), schemas },
  };
}

const SECURITY = {
  key: { type: 'http', scheme: 'bearer', description: `A key of the brand: dopo_... Scopes: ${SCOPES.join(', ')}` },
  vonage: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "A token of the provider's over the body",
  },
  shopify: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Shopify-Hmac-Sha256',
    description: "HMAC-SHA-256 of the body under the secret of the brand's shop, base64",
  },
  codec: { type: 'http', scheme: 'bearer', description: 'The token of the codec, which is no key of a brand' },
} as const;

/** Tags that some route uses: without encrypted payloads there is no codec route. */
function securitySchemesOf(routes: readonly Route[]): object {
  const wanted = new Set(routes.map((route) => (route.access === 'brand' ? 'key' : route.signedBy)));
  return Object.fromEntries(Object.entries(SECURITY).filter(([name]) => wanted.has(name as keyof typeof SECURITY)));
}

function securityOf(route: Route): object[] {
  if (route.access === 'brand') return [{ key: [route.scope] }];
  return route.signedBy === undefined ? [] : [{ [route.signedBy]: [] }];
}

function operation(route: Route, schemas: Components): object {
  const forBrand = route.access === 'brand';
  const codes = [...(forBrand ? WITH_KEY : []), ...(forBrand && route.body ? WITH_BODY : []), ...route.problems];
  if (forBrand && (route.query || route.method === 'post')) codes.push('invalid');
  const parameters = parametersOf(route, schemas);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(forBrand && { description: `Scope of the key: \`${route.scope}\`.` }),
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, content: json(route.body, 'input', schemas) } }),
    responses: { ...answersOf(route, schemas), ...problemsOf(codes) },
  };
}

function parametersOf({ id, query, method, access }: Route, schemas: Components): object[] {
  const names = Object.entries(query?.shape ?? {});
  return [
    ...(id ? [{ name: 'id', in: 'path', required: true, schema: schemaOf(id, 'input', schemas) }] : []),
    ...names.map(([name, schema]) => ({
      name,
      in: 'query',
      required: !z.object({ [name]: schema as z.ZodType }).safeParse({}).success,
      schema: schemaOf(schema as z.ZodType, 'input', schemas),
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

function answersOf({ answers }: Route, schemas: Components): Record<string, object> {
  const entries = Object.entries(answers).map(([status, { description, schema }]) => [
    status,
    { description, ...(schema && { content: json(schema, 'output', schemas) }) },
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

function json(schema: z.ZodType, io: 'input' | 'output', schemas: Components): object {
  const [example] = (schema.meta()?.examples ?? []) as readonly unknown[];
  return {
    'application/json': {
      schema: schemaOf(schema, io, schemas),
      ...(example !== undefined && { example }),
    },
  };
}

/** Formats that replace zod's patterns of 100 to 300 characters, because they say the same. */
const KNOWN_FORMATS: readonly unknown[] = ['date-time', 'date', 'uuid', 'uri', 'ipv4', 'ipv6'];

/**
 * A schema, or a reference to it if it has a name and is one of the components. Throws if two shapes have the same
 * name.
 */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Components): object {
  const {
    $schema: _dialect,
    $defs = {},
    examples: _shown,
    ...described
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (KNOWN_FORMATS.includes(jsonSchema.format)) delete jsonSchema.pattern;
    },
  });
  const refer = (part: object): object =>
    JSON.parse(JSON.stringify(part).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/')) as object;
  for (const [name, { examples: _shownAbove, ...part }] of Object.entries($defs)) {
    const said = refer(part);
    const known = schemas[name];
    if (known && JSON.stringify(known) !== JSON.stringify(said)) throw new Error(`two shapes are called ${name}`);
    schemas[name] = said;
  }
  return refer(described);
}
