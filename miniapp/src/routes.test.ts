import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { appConfig, homes, pageNames } from './routes.ts';

const src = fileURLToPath(new URL('.', import.meta.url));
const files = (function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name);
    return statSync(full).isDirectory() ? walk(full) : [path.relative(src, full)];
  });
})(src);
const source = new Map(files.filter((file) => /\.tsx?$/.test(file)).map((file) => [file, readFileSync(path.join(src, file), 'utf8')]));

test('every line of the table has its page, and every page its line', () => {
  const pages = files
    .filter((file) => /^(entry|parent|teacher|school|operator|bureau)\/[\w-]+\/index\.tsx$/.test(file))
    .map((file) => path.dirname(file));
  expect([...pageNames].sort()).toEqual(pages.sort());
});

test('the gallery is in no app that ships', () => {
  expect(JSON.stringify(appConfig({ gallery: false }))).not.toContain('gallery');
  expect(appConfig({ gallery: true }).subPackages.at(-1)).toEqual({ root: 'dev', pages: ['gallery/index'] });
});

test("a role's home is a page of its own subpackage", () => {
  for (const [role, home] of Object.entries(homes)) expect(home.startsWith(`${role}/`)).toBe(true);
});

test("nothing is imported from another page: in WeChat a page's file gives nothing away", () => {
  const problems = [...source].flatMap(([file, text]) =>
    [...text.matchAll(/from '(\.[^']*\/index(?:\.tsx)?)'/g)].map((match) => `${file} → ${match[1]}`),
  );
  expect(problems).toEqual([]);
});

test('a file with a variant for browsers is imported without an extension, and both variants have what is imported', () => {
  const problems: string[] = [];
  const exportsOf = (text: string) =>
    [...text.matchAll(/export (?:async )?(?:function|const|class) (\w+)/g), ...text.matchAll(/export \{([^}]*)\}/g)].flatMap((match) =>
      (match[1] as string).split(',').map((name) => name.trim().split(' as ').at(-1)),
    );
  for (const [file, text] of source) {
    for (const [, clause = '', target = ''] of text.matchAll(/import ([^;]*?) from '(\.[^']+)'/g)) {
      const full = path.join(path.dirname(file), target);
      const variants = [...source.keys()].filter(
        (one) => one === `${full}.h5.tsx` || one === `${full}.h5.ts` || one === `${full}.tsx` || one === `${full}.ts`,
      );
      const named = full.replace(/\.tsx?$/, '');
      const hasVariant = source.has(`${named}.h5.tsx`) || source.has(`${named}.h5.ts`);
      if (path.extname(full) === '.ts' || path.extname(full) === '.tsx') {
        // Types alone may be named with an extension, and a variant builds on its own base.
        const ownBase = file === `${named}.h5.tsx` || file === `${named}.h5.ts`;
        if (hasVariant && !ownBase && !clause.startsWith('type ') && !/^\{(\s*type \w+,?)+\s*\}$/.test(clause))
          problems.push(`${file} → ${target}`);
        continue;
      }
      if (path.extname(full) !== '' || clause.startsWith('type ')) continue;
      const names = [...clause.matchAll(/(?<!type )\b(\w+)(?: as \w+)?(?=\s*[,}])/g)].map((match) => match[1]);
      for (const variant of variants) {
        const missing = names.filter((name) => name !== 'type' && !exportsOf(source.get(variant) as string).includes(name));
        const types = [...clause.matchAll(/type (\w+)/g)].map((match) => match[1]);
        for (const name of missing) if (!types.includes(name)) problems.push(`${file} wants ${name} of ${variant}`);
      }
    }
  }
  expect(problems).toEqual([]);
});
