/** The README names a test for each complaint: it is there, by that name. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [, complaints = ''] = readFileSync(join(root, 'README.md'), 'utf8').split('## What families complain of elsewhere');
/** `folder/file.test.ts`, and the words of its title behind it where there are any. */
const named = [...complaints.matchAll(/`([\w/-]+\.test\.ts)`(?: \(([^)]+)\))?/g)].map(([, file = '', title]) => [file, title] as const);

const pathOf = (file: string) => [join(root, 'src', file), join(root, file)].find((path) => existsSync(path));

it('names many', () => {
  expect(named.length).toBeGreaterThan(20);
});

it.each(named)('%s (%s)', (file, title) => {
  const path = pathOf(file);
  expect(path).toBeDefined();
  if (path && title) expect(readFileSync(path, 'utf8')).toContain(title);
});
