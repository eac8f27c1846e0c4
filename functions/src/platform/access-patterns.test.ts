import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyShapes } from '../../testing/key-shapes.ts';

const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
/** `| what | `name` | `shape` | index | read | most |`, its cells padded as the formatter likes. */
const rows = [...readme.matchAll(/^\| (.+?) +\| `(\w+)` +\| `([^`]+)` +\| (table|GSI1|GSI2) +\| (.+?) +\| (.+?) +\|$/gm)].map(
  ([, what, name, shape, index, read, most]) => ({ what, name, shape, index, read, most }),
);

test('every key is in the access-pattern table of the README, once, as it is built', () => {
  const told = new Map(rows.map(({ name = '', index, shape }) => [name, { index, shape }]));
  expect(rows.length).toBe(told.size);
  expect(Object.fromEntries([...told].sort())).toEqual(Object.fromEntries([...keyShapes()].sort()));
});

test('an index is never said to be read strongly', () => {
  for (const { name, index, read } of rows) expect({ name, ok: index === 'table' || read !== 'strong' }).toEqual({ name, ok: true });
});

test('no two kinds of item share a key', () => {
  const items = [...keyShapes().values()].filter(
    ({ index, shape }) => index === 'table' && / \/ [^…]+$/.test(shape) && !shape.includes('…'),
  );
  const patterns = items.map(({ shape }) => shape.replace(/<\w+>/g, '<>'));
  expect(new Set(patterns).size).toBe(patterns.length);
});
