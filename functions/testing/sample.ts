/** A value that a schema allows, made from the schema itself: for tests that go over every route of the contract. */
import * as z from 'zod';

/** JSON Schema, as far as the contract uses it. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** What to put in a field instead of the first value that fits; the path is the fields' names joined by dots. */
export type Override = (path: string, schema: JsonSchema) => unknown;

const patterns: readonly (readonly [RegExp, string])[] = [
  [/^\^1\[3-9\]/, '13800009999'],
  [/^\^\(\[01\]/, '16:30'],
  [/^\^20\\d/, '2026-11'],
  [/^\^\\d\{12,19\}/, '6222020000000001'],
  [/^\^\[0-9A-Za-z-\]\{4,30\}/, '20260001'],
];

/** Optional fields are left out. Throws for a pattern that it does not know: teach it here. */
export function sampleOf(schema: JsonSchema, override: Override = () => undefined, path = ''): unknown {
  const given = override(path, schema);
  if (given !== undefined) return given;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [first] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (first) return sampleOf(first, override, path);
  switch (schema.type) {
    case 'object': {
      const wanted = schema.required ?? [];
      const below = (name: string) => (path ? `${path}.${name}` : name);
      return Object.fromEntries(wanted.map((name) => [name, sampleOf(schema.properties?.[name] ?? {}, override, below(name))]));
    }
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, (_, index) => sampleOf(schema.items ?? {}, override, `${path}.${index}`));
    case 'string':
      return stringOf(schema, path);
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, (schema.exclusiveMinimum ?? -1) + 1, 0);
    case 'boolean':
      return true;
    default:
      return {};
  }
}

function stringOf(schema: JsonSchema, path: string): string {
  if (schema.format === 'date') return '2026-12-02';
  if (schema.format === 'date-time') return '2026-12-02T08:30:00.000Z';
  if (schema.format === 'base64') return '';
  const { pattern } = schema;
  if (pattern) {
    const id = /^\^([a-z]{3})_\[0-9A-HJKMNP-TV-Z\]\{26\}\$$/.exec(pattern);
    if (id) return `${id[1]}_${'0'.repeat(26)}`;
    const known = patterns.find(([of]) => of.test(pattern));
    if (!known) throw new Error(`${path}: no sample for the pattern ${pattern}`);
    return known[1];
  }
  return '测'.repeat(Math.max(schema.minLength ?? 1, 10));
}
