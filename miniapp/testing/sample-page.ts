/** One page of the browser's bundle, opened by somebody who is everything, against a server that answers what a test says. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { errorsOf, newContext, type Size, screenshot } from './browser.ts';
import { builtFolder } from './dist.ts';
import { type Answer, contract, everybody, type SampleServer, startSampleServer } from './sample-server.ts';

const session = { token: 'sample', expiresAt: '2099-01-01T00:00:00.000Z', me: everybody };
/** `KEHOU_SHOTS=folder` keeps the pictures. */
const shots = process.env.KEHOU_SHOTS;

export interface SamplePageOptions {
  /** The page's name, and what follows it. */
  readonly where: string;
  readonly query?: string;
  readonly answers: Record<string, Answer>;
  readonly now: NonNullable<Parameters<typeof startSampleServer>[1]>['now'];
  readonly size: Size;
  readonly english?: boolean;
  /** The browser itself notes answers that are refusals: those that a test asks for. */
  readonly expected?: RegExp;
}

export interface SamplePage {
  readonly page: Page;
  readonly server: SampleServer;
  /** What went wrong so far. */
  readonly errors: string[];
  shot(name: string): Promise<void>;
}

/** Opens it, plays, and closes both. Nothing may be thrown or logged as an error, break the contract, or be wider than the screen. */
export async function onSamplePage(
  browser: Browser,
  { where, query = '', answers, now, size, english = false, expected = /^$/ }: SamplePageOptions,
  play: (opened: SamplePage) => Promise<void>,
): Promise<void> {
  if (shots) mkdirSync(shots, { recursive: true });
  const server = await startSampleServer(await contract(), { seed: 0, pages: builtFolder('h5'), now, answers });
  const context = await newContext(browser, { size });
  await context.addInitScript((text) => sessionStorage.setItem('kehou:session', text), JSON.stringify(session));
  if (english) await context.addInitScript(() => sessionStorage.setItem('kehou:language', 'en'));
  const page = await context.newPage();
  const errors = errorsOf(page);
  try {
    await page.goto(`${server.baseUrl}/#/${where}/index${query}`);
    await play({
      page,
      server,
      errors,
      shot: async (name) => {
        if (shots) await screenshot(page, path.join(shots, `${name}-${size}${english ? '-en' : ''}.png`), { whole: true });
      },
    });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const own = errors.filter((error) => !expected.test(error));
    expect({ errors: own, problems: server.problems, wide }).toEqual({ errors: [], problems: [], wide: 0 });
  } finally {
    await context.close();
    await server.close();
  }
}
