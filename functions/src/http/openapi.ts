/** OpenAPI 3.1 from the contract: every route, its schemas by `z.toJSONSchema`, who may call it, and how failures look. */
import type { Access, Route, Routes } from '@kehou/shared/kernel/route';
import * as z from 'zod';

type Schema = Record<string, unknown> & { properties?: Record<string, Schema>; required?: string[] };

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly required: true; readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}
export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, unknown>>;
}

export function openApiOf(areas: Readonly<Record<string, Routes>>, version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [area, routes] of Object.entries(areas)) {
    for (const [name, route] of Object.entries(routes)) {
      paths[route.path] ??= {};
      const methods = paths[route.path] as Record<string, Operation>;
      const method = route.method.toLowerCase();
      if (methods[method]) throw new Error(`two routes answer ${route.method} ${route.path}`);
      methods[method] = operationOf(area, name, route);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kehou 课后',
      version,
      description:
        'Money is whole fen; instants are UTC with milliseconds; days are those of China. Ids are made by the client for what it creates, and sent again on a retry. Every reply tells the server’s time in `x-kehou-now`.',
    },
    paths,
    components: {
      securitySchemes: { session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Error: errorSchema },
      responses: {
        Failure: {
          description: 'An expected failure, in words for people; `fields` names what was wrong in the input.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['code', 'message', 'requestId'],
  properties: {
    code: { type: 'string', description: 'Stable; `<area>.<what>`' },
    message: { type: 'string' },
    requestId: { type: 'string' },
    fields: {
      type: 'array',
      items: { type: 'object', required: ['path', 'message'], properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
    details: { type: 'object' },
  },
};

function operationOf(area: string, name: string, route: Route): Operation {
  const input = schemaOf(route.input, 'input');
  const properties = Object.entries(input.properties ?? {});
  const inPath = (field: string) => route.path.includes(`{${field}}`);
  const isRequired = (field: string) => input.required?.includes(field) ?? false;
  const parameters = properties
    .filter(([field]) => inPath(field) || route.method === 'GET')
    .map(([field, schema]) => ({
      name: field,
      in: inPath(field) ? ('path' as const) : ('query' as const),
      required: inPath(field) || isRequired(field),
      schema,
    }));
  return {
    operationId: `${area}.${name}`,
    tags: [area],
    summary: route.summary,
    description: whoMay(route.access),
    security: route.access.by === 'anyone' ? [] : [{ session: [] }],
    ...(parameters.length > 0 && !route.raw ? { parameters } : {}),
    ...(route.method === 'GET' ? {} : { requestBody: bodyOf(route, input, inPath) }),
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: schemaOf(route.output, 'output') } } },
      default: { $ref: '#/components/responses/Failure' },
    },
  };
}

function bodyOf(route: Route, input: Schema, inPath: (field: string) => boolean): NonNullable<Operation['requestBody']> {
  // A provider's callback: its own format, checked by its signature.
  if (route.raw) return { required: true, content: { '*/*': { schema: {} } } };
  const fields = Object.entries(input.properties ?? {}).filter(([field]) => !inPath(field));
  const required = (input.required ?? []).filter((field) => !inPath(field));
  const schema = { ...input, properties: Object.fromEntries(fields), required };
  return { required: true, content: { 'application/json': { schema } } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io }) as Schema;
  return rest;
}

function whoMay(access: Access): string {
  switch (access.by) {
    case 'anyone':
      return 'No session needed.';
    case 'signed-in':
      return 'Anyone signed in; shows what is theirs.';
    case 'guardian':
      return `Guardians of the pupil that \`${access.pupil}\` names.`;
    case 'owner':
      return `Whose it is, as ${access.roles.join(' or ')}; 404 for anyone else.`;
    case 'role':
      return `${access.roles.join(', ')}: in the organisation that \`${access.organisation}\` names, its operator, or a bureau above it, as far as listed.`;
  }
}
