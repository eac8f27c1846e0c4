/** How each key looks: its function called with its own parameters' names. What the access-pattern table in the README is checked against. */
import { CHOICE_SHARDS, DUE_SHARDS, keys } from '../src/platform/keys.ts';

/** `person` → `PERSON#<id> / PERSON`. */
export function keyShapes(): ReadonlyMap<string, { readonly index: 'table' | 'GSI1' | 'GSI2'; readonly shape: string }> {
  return new Map(Object.entries(keys).map(([name, make]) => [name, shapeOf(typeof make === 'function' ? call(make) : make)]));
}

function call(make: (...args: never[]) => unknown): unknown {
  const parameters = /^\(([^)]*)\)/.exec(String(make))?.[1] ?? '';
  const names = parameters
    .split(',')
    .map((parameter) => parameter.split(/[:=]/)[0]?.trim() ?? '')
    .filter(Boolean);
  return make(...(names.map((name) => `<${name}>`) as never[]));
}

type Made = string | (Readonly<Record<string, string>> & { readonly between?: readonly [string, string] });

function shapeOf(value: unknown): { index: 'table' | 'GSI1' | 'GSI2'; shape: string } {
  const made = value as Made;
  if (typeof made === 'string') return { index: 'GSI2', shape: made };
  const { between } = made;
  // An entry in the due index falls into one of its shards by its id.
  if (made.GSI2PK) return { index: 'GSI2', shape: pair(made.GSI2PK.replace(/^DUE#\d+$/, `DUE#<0…${DUE_SHARDS - 1}>`), made.GSI2SK) };
  if (made.GSI1PK) return { index: 'GSI1', shape: pair(made.GSI1PK, made.GSI1SK) };
  // A child's wishes fall into one of their window's shards by the child.
  if (made.PK)
    return { index: 'table', shape: pair(made.PK.replace(/^(CHOICES#<windowId>)#\d+$/, `$1#<0…${CHOICE_SHARDS - 1}>`), made.SK) };
  const index = made.index === 'GSI1' || made.index === 'GSI2' ? made.index : 'table';
  return {
    index,
    shape: pair(made.pk ?? '', between ? `${between[0]} … ${between[1]}` : made.beginsWith ? `${made.beginsWith}…` : undefined),
  };
}

function pair(pk: string, sk: string | undefined): string {
  return sk === undefined ? pk : `${pk} / ${sk}`;
}
