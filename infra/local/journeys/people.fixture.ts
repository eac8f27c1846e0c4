/**
 * People of the demo city, with what they have in their hands: a phone (the app inside the page that plays WeChat, 390 px) and
 * a desk (a browser window of 1440 px, signed in by the phone). Each journey starts a small city of its own, with everything
 * that `npm start` runs, and plays in it by tapping; it waits for what is to be seen, never for time.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { errorsOf, launchBrowser, newContext, SIZES } from '../../../miniapp/testing/browser.ts';
import type { DemoPerson, DemoPlace } from '../control.ts';
import { type Kehou, type KehouOptions, startKehou } from '../kehou.ts';
import { root } from '../miniapp-build.ts';

/** How long a busy machine may take to show what was asked for. */
export const PATIENCE_MS = 60_000;
const TRY_MS = 5_000;
/** Ten minutes before the first school's window opens. */
const BEGINS = '2026-08-31T11:50:00.000Z' as Instant;
/** `KEHOU_SCREENSHOTS=folder` keeps a picture of each step. */
const pictures = process.env.KEHOU_SCREENSHOTS;

export interface Journey {
  readonly kehou: Kehou;
  /** The first phone; whoever takes it up holds it. */
  readonly phone: Phone;
  /** Another one, in a browser of its own: two people look at the same time. */
  anotherPhone(): Promise<Phone>;
  /** A new window on the desk pages, signed in with this person's phone. */
  deskOf(person: DemoPerson): Promise<Page>;
  person(role: string, words?: string): DemoPerson;
  readonly people: readonly DemoPerson[];
  jump(to: Instant): Promise<void>;
  pass(minutes: number): Promise<void>;
  picture(name: string, of?: Page): Promise<void>;
  /** What went wrong in any page so far. */
  errors(): readonly string[];
  end(): Promise<void>;
}

/** Starts a city of so many schools with so many pupils each, and a browser. The pages must have been built. */
export async function startJourney(
  name: string,
  size: { readonly schools: number; readonly pupilsEach: number },
  options: Pick<KehouOptions, 'familiesPerSecond'> = {},
): Promise<Journey> {
  if (!existsSync(join(root, 'miniapp/dist/h5/index.html'))) throw new Error('build the pages first: npm run build:h5');
  const folder = mkdtempSync(join(tmpdir(), `kehou-${name}-`));
  const ends: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const end = async () => {
    for (let last = ends.pop(); last; last = ends.pop()) await last();
  };
  try {
    const kehou = await startKehou({ port: 0, dataFolder: folder, h5: false, demo: size, environment: {}, now: BEGINS, ...options });
    ends.push(() => kehou.stop());
    kehou.wechat.control.changeSettings({ consentToAll: true });
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    return await openPages({ name, kehou, browser, end });
  } catch (error) {
    await end();
    throw error;
  }
}

type Parts = Pick<Journey, 'kehou' | 'end'> & { readonly name: string; readonly browser: Browser };

async function openPages({ name, kehou, browser, end }: Parts): Promise<Journey> {
  const { people, places } = kehou;
  // One list that every page adds to: what breaks in a page that nobody looks at breaks too.
  const errors: string[] = [];
  let step = 0;
  const watch = (page: Page) => {
    page.setDefaultTimeout(PATIENCE_MS);
    errorsOf(page, errors);
  };
  const newPhone = async () => {
    const context = await newContext(browser, { size: 'desk' });
    const page = await context.newPage();
    watch(page);
    await page.goto(`${kehou.url}/super-app/`);
    return new Phone(page, places);
  };
  const phone = await newPhone();
  const jump = async (to: Instant) => {
    const { restless } = await kehou.clock.jumpTo(to);
    if (restless.length > 0) throw new Error(`did not come to rest: ${restless.join(', ')}`);
  };
  return {
    kehou,
    people,
    // Sessions end when the clock jumps: the browser says so, the app signs in again.
    errors: () => errors.filter((error) => !error.includes('status of 401')),
    end,
    phone,
    anotherPhone: newPhone,
    jump,
    pass: (minutes) => jump(addMinutes(kehou.clock.now(), minutes)),
    person(role, words = '') {
      const found = people.find((one) => one.role === role && `${one.name} ${one.note ?? ''}`.includes(words));
      if (!found) throw new Error(`nobody in the demo is ${role} ${words}`);
      return found;
    },
    async deskOf(person) {
      const desk = await phone.openDesk();
      watch(desk);
      await desk.setViewportSize(SIZES.desk);
      await see(desk, '#desk-code');
      const app = await phone.takenBy(person);
      await phone.scanInside(desk);
      await tap(app, '#desk-confirm');
      await see(app, '#scan-home');
      await desk.bringToFront();
      await loaded(desk);
      return desk;
    },
    async picture(what, of = phone.page) {
      if (!pictures) return;
      mkdirSync(pictures, { recursive: true });
      step += 1;
      await Promise.all(of.frames().map((frame) => frame.waitForFunction(atRest).catch(() => undefined)));
      await of.screenshot({ path: join(pictures, `${name}-${String(step).padStart(2, '0')}-${what}.png`), animations: 'disabled' });
    },
  };
}

/** No page of the app is on its way in. */
const atRest = "[...document.querySelectorAll('.taro_page')].every((one) => !one.offsetParent || one.getBoundingClientRect().x === 0)";

/** The page that plays WeChat, with the app in the phone that it shows. */
export class Phone {
  readonly page: Page;
  private readonly places: readonly DemoPlace[];
  private frame: Frame | undefined;

  constructor(page: Page, places: readonly DemoPlace[]) {
    this.page = page;
    this.places = places;
  }

  /** What the person who holds the phone sees of the app. */
  get app(): Frame {
    if (!this.frame) throw new Error('nobody holds the phone');
    return this.frame;
  }

  /** Takes up somebody's phone and waits for the app in it. */
  async takenBy(person: Pick<DemoPerson, 'openId'>): Promise<Frame> {
    await this.page.bringToFront();
    // What the last person saw is still there for a moment.
    await this.frame?.evaluate('window.heldBefore = true');
    await this.page.click(`[data-test="person-${person.openId}"]`);
    const handle = await this.page.waitForSelector('iframe[data-test=app]');
    const frame = await handle.contentFrame();
    if (!frame) throw new Error('the phone shows no app');
    this.frame = frame;
    // The first page only looks up where this person belongs.
    const belongs = "!window.heldBefore && location.hash !== '' && !location.hash.startsWith('#/entry/start/')";
    await frame.waitForFunction(belongs, undefined, { timeout: PATIENCE_MS });
    await see(frame, '.k-shell__content, .k-desk__main');
    return frame;
  }

  /** The phone's own gesture. */
  async back(): Promise<void> {
    await this.page.click('[data-test=phone-back]');
  }

  async pay(): Promise<void> {
    await this.page.click('[data-test=cashier-pay]');
  }

  async openDesk(): Promise<Page> {
    await this.page.bringToFront();
    await this.page.click('[data-test="tab.place"]');
    const opening = this.page.waitForEvent('popup');
    await this.page.click('[data-test=open-desk]');
    return opening;
  }

  /** The scanner is open, and held before a screen: it gets the very pixels that a camera would. */
  async scan(screen: Page): Promise<void> {
    const buffer = await screen.screenshot({ animations: 'disabled' });
    await this.page.bringToFront();
    await this.page.setInputFiles('.scanner input[type=file]', { name: 'screen.png', mimeType: 'image/png', buffer });
    await this.page.waitForSelector('.scanner', { state: 'detached' });
  }

  /** The app's own scanner, from the menu of who works at a desk. */
  async scanInside(screen: Page): Promise<void> {
    await tap(this.app, '#desk-menu');
    await tap(this.app, '#menu-scan');
    await this.scan(screen);
  }

  /** WeChat's own scanner, outside of the app. */
  async scanOutside(screen: Page): Promise<void> {
    await this.page.click('[data-test=phone-scan]');
    await this.scan(screen);
  }

  /** Somebody else gets a phone; whom nobody knows yet. */
  async addPerson(number: string, name: string): Promise<{ openId: string }> {
    await this.page.bringToFront();
    await this.page.click('.people details.add summary');
    await this.page.fill('[data-test=add-phone]', number);
    await this.page.fill('[data-test=add-name]', name);
    await this.page.click('[data-test=add-person]');
    const row = this.page.locator('[data-test^=person-]', { hasText: number });
    await row.waitFor();
    return { openId: ((await row.getAttribute('data-test')) ?? '').slice('person-'.length) };
  }

  /** The person stands at this school's gate. */
  async standAt(school: string): Promise<void> {
    const place = this.places.findIndex(({ name }) => name.includes(school));
    if (place < 0) throw new Error(`nobody knows where ${school} is`);
    await this.page.click('[data-test="tab.place"]');
    await this.page.selectOption('[data-test=place-pick]', String(place));
  }

  /** What WeChat's menu sends from the page on show, into the group chat. */
  async shareFromMenu(): Promise<void> {
    await this.page.click('[data-test=phone-share]');
    await this.chooseTheGroup();
  }

  async chooseTheGroup(): Promise<void> {
    await this.page.click('[data-test=share-group]');
  }

  /** Opens the card of that title in the group chat. */
  async openCard(title: string): Promise<void> {
    await this.page.click('[data-test="tab.chat"]');
    await this.page.locator('[data-test=chat-card]', { hasText: title }).click();
  }
}

/** The thing on show: the pages that lie beneath stay in the document, hidden. */
export function on(where: Frame | Page, selector: string, words?: string | RegExp): Locator {
  const found = where.locator(selector);
  return (words === undefined ? found : found.filter({ hasText: words })).filter({ visible: true }).first();
}

/**
 * Taps what is on show by then: while a page slides away the one beneath may have the same button. Tries do not tap, since one whose
 * time ran out may have tapped all the same.
 */
export async function tap(where: Frame | Page, selector: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  const tries: string[] = [];
  for (;;) {
    try {
      await on(where, selector).click({ trial: true, timeout: TRY_MS });
      break;
    } catch (error) {
      tries.push(error instanceof Error ? error.message : String(error));
      if (Date.now() > until)
        throw new Error(`${selector} could not be tapped. ${await shownOn(where)}\n${[...new Set(tries)].join('\n')}`);
    }
  }
  await on(where, selector).click({ timeout: PATIENCE_MS });
}

/** Where a page is and what it says, for who reads why a journey stopped. */
async function shownOn(where: Frame | Page): Promise<string> {
  const words = await where.evaluate('document.body.innerText').catch(String);
  return `${where.url()} shows:\n${String(words).split(/\n+/).slice(0, 60).join(' | ')}`;
}

/** Waits until this page of the app, or of a desk, is the one on show. */
export const arrive = (where: Frame | Page, page: string) =>
  where.waitForURL((url) => url.hash.startsWith(`#/${page}/`), { timeout: PATIENCE_MS });

export const write = (where: Frame | Page, selector: string, words: string) => on(where, selector).fill(words, { timeout: PATIENCE_MS });
/** Waits until this part of a page is there and, if words are given, says so. */
export const see = (where: Frame | Page, selector: string, words?: string | RegExp) =>
  on(where, selector, words)
    .waitFor({ timeout: PATIENCE_MS })
    .catch(async (error) => {
      throw new Error(`${selector} did not come. ${await shownOn(where)}`, { cause: error });
    });
export const read = (where: Frame | Page, words: string | RegExp) =>
  where.getByText(words).filter({ visible: true }).first().waitFor({ timeout: PATIENCE_MS });

/** Answers the app's own question with yes. */
export async function sayYes(where: Frame | Page): Promise<void> {
  await tap(where, 'dialog[open] button:last-child');
}

/** Goes to a desk's page by its menu, and waits for what it loads. */
export async function turnTo(desk: Page, page: string): Promise<void> {
  await tap(desk, `#menu-${page.replace('/', '-')}`);
  await arrive(desk, page);
  await see(desk, `#menu-${page.replace('/', '-')}.k-nav__item--current`);
  await loaded(desk);
}

/** Nothing on show is still loading. */
export async function loaded(where: Page): Promise<void> {
  await on(where, '.k-desk__main').waitFor({ timeout: PATIENCE_MS });
  await where.waitForFunction("[...document.querySelectorAll('.k-skeleton')].every((one) => one.offsetParent === null)");
}
