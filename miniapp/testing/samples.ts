/**
 * Values that fit a schema, made from the schema: what a server might say, for tests that only ask whether every page can draw
 * it. Another `seed` gives other branches: optional things present or missing, the next state of an enum, longer lists.
 */
import { type Entity, prefixes } from '@kehou/shared/kernel/id';
import type * as z from 'zod';

const ULID = '01KBDQ3Z8Q000000000000000';

/** An id of this entity. */
export const sampleId = (entity: Entity, seed = 0): string => `${prefixes[entity]}_${ULID}${'0123456789ABCDEFGH'[seed % 18]}`;

const strings = (seed: number): readonly string[] => [
  ['陈思源', '少儿编程', '科学楼 302', '阿依古丽·买买提江的爸爸'][seed % 4] as string,
  '13800001234',
  '2026-12',
  '16:30',
  '20260901',
  '6222020000001234',
  'sIgNaTuRe_-0123456789abcdef',
  '0123456789abcdef'.repeat(4),
  ...Object.keys(prefixes).map((entity) => sampleId(entity as Entity, seed)),
  'a',
  'https://kehou.example/a.png',
];

interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly shape?: Record<string, z.ZodType>;
  readonly element?: z.ZodType;
  readonly entries?: Record<string, string | number>;
  readonly values?: readonly unknown[];
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
}
/** A value that `schema` parses, as its input. Throws when it cannot make one. */
export function sampleOf<S extends z.ZodType>(schema: S, seed = 0, depth = 0): z.input<S> {
  return make(schema, seed, depth) as z.input<S>;
}

function make(schema: z.ZodType, seed: number, depth: number): unknown {
  if (depth > 12) throw new Error('A schema nests deeper than samples go');
  const { def } = (schema as unknown as { _zod: { def: Definition } })._zod;
  const inner = (next: z.ZodType, by = 0) => make(next, seed + by, depth + 1);
  switch (def.type) {
    case 'string':
      return text(schema, def, seed);
    case 'number':
    case 'int':
      return first(schema, [(seed * 37 + 120) % 5_000, 1 + (seed % 5), seed % 5, 30, 121, 2026, 0.5], 'a number');
    case 'boolean':
      return seed % 2 === 0;
    case 'literal':
      return def.values?.[0];
    case 'never':
      return undefined;
    case 'null':
      return null;
    case 'enum': {
      const values = Object.values(def.entries ?? {});
      return values[seed % values.length];
    }
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape ?? {})
          .map(([name, field], index) => [name, inner(field, kindOf(field) === 'enum' ? 0 : index % 2)] as const)
          .filter(([, value]) => value !== undefined),
      );
    case 'array': {
      const element = def.element as z.ZodType;
      const lists = [1 + (seed % 3), 1, 0, 7].map((count) => Array.from({ length: count }, (_, index) => inner(element, index)));
      return first(schema, lists, 'an array');
    }
    case 'tuple':
      return (def.items ?? []).map((item, index) => inner(item, index));
    case 'record':
      // A record over an enum has every key of it.
      return Object.fromEntries(
        (def.keyType && kindOf(def.keyType) === 'enum'
          ? Object.values((def.keyType as unknown as { _zod: { def: Definition } })._zod.def.entries ?? {})
          : [inner(def.keyType as z.ZodType)]
        ).map((key, index) => [String(key), inner(def.valueType as z.ZodType, index)]),
      );
    case 'union':
      return inner((def.options ?? [])[seed % (def.options?.length ?? 1)] as z.ZodType);
    case 'optional':
      return seed % 2 === 0 && kindOf(def.innerType as z.ZodType) !== 'never' ? inner(def.innerType as z.ZodType) : undefined;
    case 'nullable':
      return seed % 2 === 0 ? inner(def.innerType as z.ZodType) : null;
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
    case 'nonoptional':
      return inner(def.innerType as z.ZodType);
    case 'pipe':
      return inner(def.in as z.ZodType);
    case 'unknown':
    case 'any':
      return {};
    default:
      throw new Error(`No sample for a schema of type ${def.type}`);
  }
}

const kindOf = (schema: z.ZodType): string => (schema as unknown as { _zod: { def: Definition } })._zod.def.type;

function text(schema: z.ZodType, def: Definition, seed: number): string {
  const dated: Record<string, string> = {
    datetime: ['2026-12-02T08:30:00.000Z', '2026-12-02T09:30:00.000Z', '2026-11-30T00:00:00.000Z'][seed % 3] as string,
    date: `2026-12-0${1 + (seed % 7)}`,
  };
  const given = def.format ? dated[def.format] : undefined;
  return first(schema, given ? [given] : strings(seed), `a text of format ${def.format ?? 'unknown'}`);
}

function first<T>(schema: z.ZodType, candidates: readonly T[], what: string): T {
  for (const candidate of candidates) if (schema.safeParse(candidate).success) return candidate;
  throw new Error(`No sample for ${what}`);
}
