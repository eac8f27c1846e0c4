import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const source = fileURLToPath(new URL('..', import.meta.url));
const packages = fileURLToPath(new URL('../../../node_modules/', import.meta.url));

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
const imports = files.flatMap((name) => [
  ...readFileSync(source + name, 'utf8').matchAll(/from '(@nutui\/[^']+)'|import '(@nutui\/[^']+)'/g),
]);
const named = [...new Set(imports.map(([, from, bare]) => (from ?? bare) as string))];

/** The stylesheets that come with the components in use: `style/css` is a script that imports them. */
function stylesheetsOf(specifier: string): string[] {
  const path = packages + specifier;
  if (path.endsWith('.css')) return [path];
  const script = readFileSync(`${path}.js`, 'utf8');
  return [...script.matchAll(/import '([^']+)'/g)].flatMap(([, found]) => {
    const next = new URL(found as string, `file://${path}`).pathname;
    return stylesheetsOf(next.slice(packages.length));
  });
}

test('single components of NutUI are imported, never all of it', () => {
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !/^@nutui\/nutui-react-taro\/dist\/es\/packages\/[a-z]+(\/style\/(css|style\.css))?$/.test(name))).toEqual(
    [],
  );
});

test('no colour of its maker is left: every variable that NutUI would fill with one is set from our tokens', () => {
  const ours = new Set([...readFileSync(`${source}theme/nutui.scss`, 'utf8').matchAll(/(--nutui-[\w-]+):/g)].map(([, name]) => name));
  const sheets = [...new Set(named.filter((name) => name.includes('/style/')).flatMap(stylesheetsOf))];
  expect(sheets.length).toBeGreaterThan(5);
  const missing = new Set<string>();
  for (const sheet of sheets) {
    const css = readFileSync(sheet, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    // `var(--a, var(--b, #ff0f23))` shows red unless one of the two is ours.
    for (const [chain] of css.matchAll(/var\(--nutui-[^;{}]*(?=[;}])/g)) {
      for (const [link] of chain.matchAll(/(?:var\(--nutui-[\w-]+,\s*)+(?:[\w.]+ )*(?:#[\da-f]{3,8}\b|rgba?\(|white\b)/gi)) {
        const names = [...link.matchAll(/--nutui-[\w-]+/g)].map(([name]) => name);
        if (!names.some((name) => ours.has(name))) missing.add(names.join(' '));
      }
    }
  }
  expect([...missing]).toEqual([]);
});
