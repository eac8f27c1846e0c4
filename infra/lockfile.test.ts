import { readFileSync } from 'node:fs';

interface Package {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test('the lock knows every optional package of every platform: npm ci refuses one that it does not', () => {
  const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, Package>;
  };
  /** Where Node would look from `path`, up to the root. */
  const found = (path: string, name: string): Package | undefined => {
    const here = packages[`${path ? `${path}/` : ''}node_modules/${name}`];
    if (here || path === '') return here;
    const above = path.lastIndexOf('/node_modules/');
    return found(above < 0 ? '' : path.slice(0, above), name);
  };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      // A tool that only counts users is left out on purpose, and asks for whatever is latest.
      .filter(([, version]) => /^\d+\.\d+\.\d+$/.test(version))
      .filter(([name, version]) => found(path, name)?.version !== version)
      .map(([name, version]) => `${path} wants ${name} ${version}`),
  );
  expect(missing).toEqual([]);
});
