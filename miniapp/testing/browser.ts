/**
 * A browser for tests, from npm: `@sparticuz/chromium` (linux x64, carries its own libraries) driven by `playwright-core`.
 * Elsewhere an installed Chrome is found, or `KEHOU_BROWSER` names one. Flags for a closed network: it calls nobody.
 */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

export const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1440, height: 900 } } as const;
export type Size = keyof typeof SIZES;

const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-gpu',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-pings',
  '--metrics-recording-only',
  '--password-store=basic',
  '--font-render-hinting=none',
];

const installed = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Path of the browser that will be used, and the flags that it needs. */
async function find(): Promise<{ path: string; args: string[] }> {
  const named = process.env.KEHOU_BROWSER;
  if (named) {
    if (!existsSync(named)) throw new Error(`KEHOU_BROWSER names ${named}, which is not there`);
    return { path: named, args: flags };
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    const { default: packaged } = await import('@sparticuz/chromium');
    // Its own list is for Lambda; `--single-process` makes it fall over on a second page.
    const own = packaged.args.filter((flag) =>
      /^--(use-gl|use-angle|ozone|headless|hide-scrollbars|enable-unsafe-swiftshader|ignore-gpu)/.test(flag),
    );
    return { path: await packaged.executablePath(), args: [...flags, ...own] };
  }
  const path = installed.find((candidate) => existsSync(candidate));
  if (!path) throw new Error('No Chrome found. Install one, or name one in KEHOU_BROWSER');
  return { path, args: flags };
}

/** Starts a browser. Close it when done. */
export async function launchBrowser(): Promise<Browser> {
  const { path, args } = await find();
  return chromium.launch({ executablePath: path, args, headless: true });
}

export interface ContextOptions {
  readonly size: Size;
  readonly dark?: boolean;
  readonly reducedMotion?: boolean;
}

/** A fresh context (its own storage) as a phone or a desk in China. Page errors fail loudly: see `errorsOf`. */
export async function newContext(browser: Browser, { size, dark = false, reducedMotion = true }: ContextOptions): Promise<BrowserContext> {
  return browser.newContext({
    viewport: SIZES[size],
    deviceScaleFactor: size === 'phone' ? 2 : 1,
    hasTouch: size === 'phone',
    isMobile: size === 'phone',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
  });
}

/** Collects what the page throws and logs as errors, for a test to expect none of; several pages can share one list. */
export function errorsOf(page: Page, errors: string[] = []): string[] {
  page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  return errors;
}

/** A picture of what is on the screen, or of the whole page. */
export async function screenshot(page: Page, path: string, { whole = false }: { whole?: boolean } = {}): Promise<void> {
  await page.evaluate('document.fonts.ready');
  await page.screenshot({ path, fullPage: whole, animations: 'disabled' });
}
