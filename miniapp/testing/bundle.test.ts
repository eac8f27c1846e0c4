/**
 * The shipped WeChat bundle, as it lies in `dist/weapp` (`npm run build:weapp -w miniapp` first): every page launches and draws,
 * the packages keep WeChat's sizes, and WeChat's own tool accepts the configuration, offline.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pageNames } from '../src/routes.ts';
import { builtFolder } from './dist.ts';
import { checkOffline } from './miniprogram-ci.ts';
import { contract, everyQuery, type SampleServer, startSampleServer } from './sample-server.ts';
import { sampleId } from './samples.ts';
import { launchWeapp } from './weapp.ts';

const root = builtFolder('weapp');
const MB = 1024 * 1024;
const PACKAGE_BYTES_MAX = 2 * MB;
const MAIN_BYTES_MAX = 1 * MB;

interface AppJson {
  readonly pages: readonly string[];
  readonly subPackages: readonly { readonly root: string; readonly pages: readonly string[] }[];
}

const app: AppJson = JSON.parse(readFileSync(path.join(root, 'app.json'), 'utf8'));

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
const bytesOf = (files: readonly string[]) => files.reduce((sum, file) => sum + statSync(file).size, 0);

const built = [...app.pages, ...app.subPackages.flatMap((part) => part.pages.map((page) => `${part.root}/${page}`))];

test('the bundle has every page of the table', () => {
  expect([...built].sort()).toEqual(pageNames.map((name) => `${name}/index`).sort());
});

test('the main package is under 1 MB and each role under 2 MB', () => {
  const roots = app.subPackages.map((part) => path.join(root, part.root) + path.sep);
  const main = filesUnder(root).filter((file) => !roots.some((folder) => file.startsWith(folder)));
  const sizes = {
    main: bytesOf(main),
    ...Object.fromEntries(app.subPackages.map((part) => [part.root, bytesOf(filesUnder(path.join(root, part.root)))])),
  };
  const tooBig = Object.entries(sizes).filter(([name, bytes]) => bytes >= (name === 'main' ? MAIN_BYTES_MAX : PACKAGE_BYTES_MAX));
  expect(tooBig).toEqual([]);
});

test("no code of the browser's platform, and no chart in the main package, is shipped to WeChat", () => {
  const roots = app.subPackages.map((part) => path.join(root, part.root) + path.sep);
  for (const file of filesUnder(root).filter((name) => name.endsWith('.js'))) {
    const text = readFileSync(file, 'utf8');
    expect({ file, host: /kehou-host|postMessage\(\{"?kehou|k-dialog__row/.test(text) }).toEqual({ file, host: false });
    if (!roots.some((folder) => file.startsWith(folder)))
      expect({ file, charts: text.includes('ECharts') }).toEqual({ file, charts: false });
  }
});

test("stylesheets keep to what WeChat's compiler takes", () => {
  for (const file of filesUnder(root).filter((name) => name.endsWith('.wxss'))) {
    const selectors = readFileSync(file, 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .split('{')
      .map((part) => part.slice(part.lastIndexOf('}') + 1));
    expect({ file, odd: selectors.filter((selector) => /(^|[\s>+~,])\*|:root/.test(selector)) }).toEqual({ file, odd: [] });
  }
});

test("WeChat's own tool accepts the configuration", async () => {
  const outcome = await checkOffline(root);
  expect(outcome.error).toBeUndefined();
  expect(outcome.tooLarge).toEqual([]);
}, 120_000);

test("WeChat's own tool refuses a page that is not there, so that its silence means something", async () => {
  const broken = mkdtempSync(path.join(tmpdir(), 'kehou-broken-'));
  try {
    cpSync(root, broken, { recursive: true });
    writeFileSync(path.join(broken, 'app.json'), JSON.stringify({ ...app, pages: [...app.pages, 'entry/nowhere/index'] }));
    expect((await checkOffline(broken)).error).toMatch(/nowhere/);
  } finally {
    rmSync(broken, { recursive: true, force: true });
  }
}, 120_000);

describe.each([0, 1, 2])('with what a server might say (sample %i)', (seed) => {
  let server: SampleServer;
  beforeAll(async () => {
    server = await startSampleServer(await contract(), { seed });
  });
  afterAll(() => server.close());

  test.each(built.filter((page) => page !== 'entry/start/index'))('%s launches, draws and throws nothing', async (page) => {
    const weapp = await launchWeapp({
      root,
      baseUrl: server.baseUrl,
      open: `/${page}?${everyQuery}`,
      host: { login: () => 'code', modal: () => false },
    });
    try {
      await weapp.waitFor(
        () => weapp.route !== page || (weapp.text().trim() !== '' && !weapp.text().includes('undefined')),
        'something to read',
      );
      await weapp.settle(20);
      expect(weapp.errors).toEqual([]);
      expect(server.problems).toEqual([]);
      expect(weapp.text()).not.toMatch(/undefined|NaN|\[object|\b[a-z]{3}_[0-9A-Z]{26}\b|\d{4}-\d\d-\d\dT/);
    } finally {
      weapp.close();
    }
  });
});

test('somebody who is everything starts at the choice of roles, and is kept for the next launch', async () => {
  const server = await startSampleServer(await contract(), { seed: 0 });
  const storage = new Map<string, unknown>();
  const first = await launchWeapp({ root, baseUrl: server.baseUrl, storage, host: { login: () => 'code' } });
  try {
    await first.waitForRoute('entry/roles/index');
    await first.waitForText('陈思源、陈思远的家长');
    await first.tap('role-parent');
    await first.waitForRoute('parent/home/index');
  } finally {
    first.close();
  }
  // No login this time: what was kept must do.
  const second = await launchWeapp({ root, baseUrl: server.baseUrl, storage });
  try {
    await second.waitForRoute('parent/home/index');
    expect(second.errors).toEqual([]);
  } finally {
    second.close();
    await server.close();
  }
});

test("a page that can be shared gives WeChat's menu its own card", async () => {
  const server = await startSampleServer(await contract(), { seed: 0 });
  const weapp = await launchWeapp({
    root,
    baseUrl: server.baseUrl,
    open: `/entry/share/index?windowId=${sampleId('window')}`,
    host: { login: () => 'code' },
  });
  try {
    await weapp.waitFor(() => weapp.share()?.path?.includes(sampleId('window')) === true, 'the card of this window');
    // Drawn on WeChat's canvas, with what the page says.
    await weapp.waitFor(() => weapp.share()?.imageUrl !== undefined, 'the picture of the card');
    const card = weapp.pictures.get(weapp.share()?.imageUrl ?? '');
    expect(card).toMatchObject({ width: 500, height: 400 });
    const words = card?.written.map(({ text }) => text) ?? [];
    expect(words).toHaveLength(6);
    expect(weapp.text()).toContain(words[1]);
    expect(weapp.errors).toEqual([]);
    await weapp.open('/entry/roles/index');
    expect(weapp.share()).toBeUndefined();
  } finally {
    weapp.close();
    await server.close();
  }
});
