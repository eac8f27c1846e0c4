import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from './miniapp-build.ts';

const folder = mkdtempSync(join(tmpdir(), 'kehou-hash-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the hash follows every source, in whatever depth, and not the tests beside them', () => {
  const write = (path: string, content: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
    return hashOf([join(folder, 'src'), join(folder, 'package.json'), join(folder, 'not-there')]);
  };
  write('package.json', '{}');
  const first = write('src/parent/home.tsx', '1');
  expect(write('src/parent/home.tsx', '2')).not.toBe(first);
  expect(write('src/parent/home.tsx', '1')).toBe(first);
  expect(write('src/parent/home.test.tsx', '1')).toBe(first);
  const another = write('src/parent/away.tsx', '');
  expect(another).not.toBe(first);
  expect(write('package.json', '{"a":1}')).not.toBe(another);
});
