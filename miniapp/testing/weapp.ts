/**
 * Runs the shipped WeChat bundle (`dist/weapp`) in Node: its own files, in a `vm` context that knows what WeChat's logic layer
 * knows and no more (no window, URL, fetch, crypto, Intl), with a `wx` whose `request` really goes over HTTP. There is no
 * renderer: what a page would draw is read from the tree that it hands to `setData`.
 *
 *     const app = await launchWeapp({ root: 'miniapp/dist/weapp', baseUrl: 'http://127.0.0.1:4100', host: { login: () => 'code' } });
 *     await app.waitForText('选择身份');
 *     await app.tap('role-parent');           // by id
 *     await app.tapText('去缴费');             // by what it says
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { WeappCanvas } from './weapp-canvas.ts';

/** What WeChat itself, and the person holding the phone, would do. Each may be left out: then it fails as WeChat does. */
export interface WeappHost {
  login?(): string | Promise<string>;
  phoneCode?(): string | Promise<string>;
  /** Resolves: paid. Throws an error with `cancel` in its message: the cashier was closed. */
  pay?(params: Record<string, string>): void | Promise<void>;
  scan?(): { result?: string; path?: string } | Promise<{ result?: string; path?: string }>;
  locate?(): { latitude: number; longitude: number; accuracy: number };
  /** Template ids that the person agrees to. */
  subscribe?(templateIds: readonly string[]): readonly string[];
  /** Whether "confirm" is tapped; true unless given. */
  modal?(options: { title?: string; content?: string }): boolean;
}

export interface WeappOptions {
  /** Folder of `app.json`. */
  readonly root: string;
  /** Where `request` goes, whatever origin the bundle was built for. */
  readonly baseUrl?: string;
  readonly host?: WeappHost;
  /** First page with its query; the first of `app.json` unless given. */
  readonly open?: string;
  /** What an earlier run on this phone kept. */
  readonly storage?: Map<string, unknown>;
  readonly fontScale?: number;
  readonly dark?: boolean;
}

/** A node of the tree that Taro hands to `setData`. `cn`: children; `v`: text; `cl`: class; `uid`: id. */
export interface WeappNode {
  readonly nn?: string;
  readonly sid?: string;
  readonly uid?: string;
  readonly cl?: string;
  readonly v?: string;
  readonly cn?: readonly WeappNode[];
  readonly [property: string]: unknown;
}

export interface WeappPage {
  readonly route: string;
  readonly options: Readonly<Record<string, string>>;
  readonly data: { readonly root?: WeappNode };
  readonly setDataCalls: number;
  readonly setDataBytes: number;
  onShareAppMessage?(from: { from: string }): { title?: string; path?: string; imageUrl?: string } | undefined;
}

type LivePage = Record<string, unknown> & {
  route: string;
  options: Record<string, string>;
  data: { root?: WeappNode };
  setDataCalls: number;
  setDataBytes: number;
  eh(event: unknown): void;
  onLoad?(query: Record<string, string>): void;
  onShow?(): void;
  onReady?(): void;
  onHide?(): void;
  onUnload?(): void;
  onShareAppMessage?(from: { from: string }): { title?: string; path?: string; imageUrl?: string } | undefined;
};
type Lifecycle = Record<string, ((options?: unknown) => void) | undefined>;
type Callbacks = { success?(result: object): void; fail?(result: object): void; complete?(result: object): void };
type AppJson = { pages: string[]; subPackages?: { root: string; pages: string[] }[] };

export class Weapp {
  /** Every call of `wx.*`, in order. */
  readonly calls: { readonly name: string; readonly options: Record<string, unknown> }[] = [];
  /** Names that the bundle looked for on `wx` and did not find. */
  readonly unknown = new Set<string>();
  /** What was thrown in the app, and logged with `console.error`. */
  readonly errors: string[] = [];
  readonly toasts: string[] = [];
  readonly modals: { readonly title?: string; readonly content?: string }[] = [];
  /** Canvases that were made a file of, by its path. */
  readonly pictures = new Map<string, WeappCanvas>();
  readonly storage: Map<string, unknown>;
  readonly pages: readonly string[];

  readonly #options: WeappOptions;
  readonly #root: string;
  readonly #stack: LivePage[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #configs = new Map<string, Record<string, unknown>>();
  readonly #listeners = new Map<string, ((value?: unknown) => void)[]>();
  readonly #first: string;
  #context: vm.Context;
  #app: Lifecycle = {};
  #pending: Record<string, unknown> | undefined;
  #closed = false;

  constructor(options: WeappOptions) {
    this.#options = options;
    this.#root = path.resolve(options.root);
    this.storage = options.storage ?? new Map();
    const json = JSON.parse(readFileSync(path.join(this.#root, 'app.json'), 'utf8')) as AppJson;
    this.pages = [...json.pages, ...(json.subPackages ?? []).flatMap((part) => part.pages.map((page) => `${part.root}/${page}`))];
    this.#first = options.open ?? `/${json.pages[0]}`;
    this.#context = this.#newContext();
  }

  // --- reading ------------------------------------------------------------------------------------------------------

  get page(): WeappPage {
    return this.#top();
  }
  get route(): string {
    return this.#top().route;
  }
  get depth(): number {
    return this.#stack.length;
  }

  /** Everything that the page on top would show, as text; or one element's, by id. */
  text(id?: string): string {
    const node = id === undefined ? this.#top().data.root : this.find(id);
    return node ? textOf(node) : '';
  }

  find(id: string): WeappNode | undefined {
    for (const node of walk(this.#top().data.root)) if (node.uid === id) return node;
    return undefined;
  }

  has(id: string): boolean {
    return this.find(id) !== undefined;
  }

  /** The id of the first element whose id begins so. */
  idLike(prefix: string): string | undefined {
    for (const { uid } of walk(this.#top().data.root)) if (uid?.startsWith(prefix)) return uid;
    return undefined;
  }

  // --- doing --------------------------------------------------------------------------------------------------------

  /** Taps the element with this id. Throws when it is not there or is disabled. */
  async tap(id: string): Promise<void> {
    const trail = this.#trailTo((node) => node.uid === id);
    if (!trail) throw new Error(`No element #${id} on ${this.route}. It shows: ${this.text()}`);
    await this.#fire(trail, 'tap');
  }

  /** Taps what says exactly this; the `nth` of several, from 0. */
  async tapText(words: string, nth = 0): Promise<void> {
    const trail = this.#trailTo((node) => isText(node) && node.v?.trim() === words, nth);
    if (!trail) throw new Error(`Nothing on ${this.route} says "${words}". It shows: ${this.text()}`);
    await this.#fire(trail, 'tap');
  }

  /** Types a whole value into an input or a textarea. */
  async input(id: string, value: string): Promise<void> {
    await this.#fire(this.#need(id), 'input', { value, cursor: value.length });
  }

  /** Picks in a picker (an index), flips a switch (a boolean), chooses a date (text). */
  async change(id: string, value: number | boolean | string): Promise<void> {
    await this.#fire(this.#need(id), 'change', { value });
  }

  /** Taps a button whose answer WeChat gives: the verified phone number. */
  async givePhoneNumber(words: string): Promise<void> {
    const trail = this.#trailTo((node) => isText(node) && node.v?.trim() === words);
    if (!trail) throw new Error(`Nothing on ${this.route} says "${words}". It shows: ${this.text()}`);
    const code = await this.#options.host?.phoneCode?.();
    await this.#fire(trail, 'getphonenumber', code ? { code, errMsg: 'getPhoneNumber:ok' } : { errMsg: 'getPhoneNumber:fail user deny' });
  }

  /** What the share menu of this page would send. */
  share(): { title?: string; path?: string; imageUrl?: string } | undefined {
    return this.#top().onShareAppMessage?.({ from: 'menu' });
  }

  /** Opens a page as a tapped link does. */
  async open(url: string): Promise<void> {
    this.#open(url);
    await this.settle();
  }

  async back(): Promise<void> {
    this.#back(1);
    await this.settle();
  }

  /** The app goes behind, and comes back. */
  async hide(): Promise<void> {
    this.#top().onHide?.();
    this.#app.onHide?.();
    for (const listener of this.#listeners.get('onAppHide') ?? []) listener();
    await this.settle();
  }
  async show(): Promise<void> {
    this.#app.onShow?.(this.#launchOptions());
    for (const listener of this.#listeners.get('onAppShow') ?? []) listener(this.#launchOptions());
    this.#top().onShow?.();
    await this.settle();
  }

  // --- waiting ------------------------------------------------------------------------------------------------------

  /** Lets what is due run: drawings, resolved promises. */
  async settle(turns = 4): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Until `condition` holds; throws with what the page shows when it does not within `timeoutMs`. */
  async waitFor(condition: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!condition()) {
      if (Date.now() > end) {
        const errors = this.errors.length > 0 ? `\nErrors: ${this.errors.join('\n')}` : '';
        throw new Error(`Waited ${timeoutMs} ms for ${what} on ${this.route}. It shows: ${this.text()}${errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this.settle(2);
  }
  waitForText(words: string, timeoutMs?: number): Promise<void> {
    return this.waitFor(() => this.text().includes(words), `"${words}"`, timeoutMs);
  }
  waitForRoute(route: string, timeoutMs?: number): Promise<void> {
    return this.waitFor(() => this.route === route, `the page ${route}`, timeoutMs);
  }
  waitForElement(id: string, timeoutMs?: number): Promise<void> {
    return this.waitFor(() => this.has(id), `#${id}`, timeoutMs);
  }

  /** Stops its timers. What it kept stays in `storage`, for the next launch. */
  close(): void {
    this.#closed = true;
    while (this.#stack.length > 0) this.#stack.pop()?.onUnload?.();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Loads the app and opens its first page. Once. */
  async start(): Promise<this> {
    this.#load(path.join(this.#root, 'app'));
    this.#app.onLaunch?.(this.#launchOptions());
    this.#app.onShow?.(this.#launchOptions());
    this.#open(this.#first);
    await this.settle();
    return this;
  }

  // --- the machine --------------------------------------------------------------------------------------------------

  #top(): LivePage {
    const page = this.#stack.at(-1);
    if (!page) throw new Error('No page is open');
    return page;
  }

  #need(id: string): WeappNode[] {
    const trail = this.#trailTo((node) => node.uid === id);
    if (!trail) throw new Error(`No element #${id} on ${this.route}. It shows: ${this.text()}`);
    return trail;
  }

  /** From the node that matches up to the root. */
  #trailTo(matches: (node: WeappNode) => boolean, nth = 0): WeappNode[] | undefined {
    let left = nth;
    const search = (node: WeappNode, above: WeappNode[]): WeappNode[] | undefined => {
      const trail = [node, ...above];
      if (matches(node) && left-- === 0) return trail;
      for (const child of node.cn ?? []) {
        const found = search(child, trail);
        if (found) return found;
      }
      return undefined;
    };
    const { root } = this.#top().data;
    return root && search(root, []);
  }

  /** As WeChat does: the event goes to the target and up through everything above it. */
  async #fire(trail: WeappNode[], type: string, detail: Record<string, unknown> = {}): Promise<void> {
    const elements = trail.filter((node) => !isText(node) && node.sid !== undefined);
    const target = elements[0];
    if (!target) throw new Error('The page cannot be tapped there');
    const disabled = elements.find((node) => node.disabled === true);
    if (type === 'tap' && disabled) throw new Error(`#${disabled.uid ?? disabled.sid} is disabled: ${textOf(disabled)}`);
    const page = this.#top();
    const reach = type === 'tap' ? elements : [nearestFor(elements, type)];
    const as = (node: WeappNode) => ({ id: node.uid ?? node.sid, dataset: { sid: node.sid } });
    for (const element of reach) page.eh({ type, target: as(target), currentTarget: as(element), detail, timeStamp: Date.now(), mark: {} });
    await this.settle();
  }

  #launchOptions() {
    const [route = '', search = ''] = this.#first.replace(/^\//, '').split('?');
    return { path: route, query: queryOf(search), scene: 1001, shareTicket: '', referrerInfo: {} };
  }

  #open(url: string): void {
    const [route = '', search = ''] = url.replace(/^\//, '').split('?');
    if (!this.pages.includes(route)) throw new Error(`page "${route}" is not found`);
    if (this.#stack.length >= 10) throw new Error('webview count limit exceed');
    this.#stack.at(-1)?.onHide?.();
    if (!this.#configs.has(route)) {
      this.#pending = undefined;
      this.#load(path.join(this.#root, route));
      if (!this.#pending) throw new Error(`${route} registers no page`);
      this.#configs.set(route, this.#pending);
    }
    const config = this.#configs.get(route) as Record<string, unknown>;
    const page = Object.assign(Object.create(null) as LivePage, config, {
      route,
      __route__: route,
      options: queryOf(search),
      data: copy(config.data ?? {}) as { root?: WeappNode },
      setDataCalls: 0,
      setDataBytes: 0,
    });
    page.setData = (patch: Record<string, unknown>, done?: () => void) => {
      page.setDataCalls += 1;
      page.setDataBytes += Buffer.byteLength(JSON.stringify(patch));
      apply(page.data as Record<string, unknown>, patch);
      if (done) this.#later(done);
    };
    this.#stack.push(page);
    page.onLoad?.(page.options);
    page.onShow?.();
    this.#later(() => page.onReady?.());
  }

  #closeTop(): void {
    this.#stack.pop()?.onUnload?.();
  }

  #back(delta: number): void {
    for (let count = 0; count < delta && this.#stack.length > 1; count++) this.#closeTop();
    this.#top().onShow?.();
  }

  #later(run: () => void, ms = 0): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#closed) return;
      try {
        run();
      } catch (error) {
        this.errors.push(String((error as Error).stack ?? error));
      }
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #load(file: string): unknown {
    const full = existsSync(file) && file.endsWith('.js') ? file : `${file}.js`;
    const cached = this.#modules.get(full);
    if (cached) return cached.exports;
    const module = { exports: {} as unknown };
    this.#modules.set(full, module);
    const source = readFileSync(full, 'utf8');
    // The names that WeChat hides from the logic layer are hidden here too.
    const run = vm.runInContext(`(function(require,module,exports,global,window,document,self,globalThis){${source}\n})`, this.#context, {
      filename: full,
    }) as (...names: unknown[]) => void;
    run(
      (name: string) => this.#load(path.resolve(path.dirname(full), name)),
      module,
      module.exports,
      undefined,
      undefined,
      undefined,
      undefined,
      this.#context,
    );
    return module.exports;
  }

  #newContext(): vm.Context {
    const wx = new Proxy(this.#wx(), {
      get: (target, name) => {
        if (name in target || typeof name === 'symbol') return target[name as string];
        this.unknown.add(name);
        return undefined;
      },
      has: (target, name) => name in target,
    });
    const forget = (timer: NodeJS.Timeout) => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
    const context = vm.createContext({
      wx,
      console: {
        ...console,
        log: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: (...words: unknown[]) => void this.errors.push(words.map((word) => String((word as Error)?.stack ?? word)).join(' ')),
      },
      setTimeout: (run: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => this.#later(() => run(...given), ms),
      clearTimeout: forget,
      setInterval: (run: () => void, ms?: number) => {
        const timer = setInterval(() => {
          if (!this.#closed) run();
        }, ms);
        this.#timers.add(timer);
        return timer;
      },
      clearInterval: forget,
      App: (config: Lifecycle) => {
        this.#app = config;
      },
      getApp: () => this.#app,
      getCurrentPages: () => this.#stack.slice(),
      Page: (config: Record<string, unknown>) => {
        this.#pending = config;
      },
      Component: (config: Record<string, unknown>) => {
        this.#pending = config;
      },
      Behavior: (config: unknown) => config,
    });
    vm.runInContext('delete globalThis.Intl; delete globalThis.WebAssembly; delete globalThis.SharedArrayBuffer;', context);
    return context;
  }

  /** A `wx` method: calls back like WeChat, later, with `errMsg`. */
  #method(name: string, perform: (options: Record<string, unknown> & Callbacks) => unknown) {
    return (options: Record<string, unknown> & Callbacks = {}) => {
      this.calls.push({ name, options });
      const settle = (how: 'success' | 'fail', result: object) => {
        if (this.#closed) return;
        try {
          options[how]?.(result);
          options.complete?.(result);
        } catch (error) {
          this.errors.push(String((error as Error).stack ?? error));
        }
      };
      Promise.resolve()
        .then(() => perform(options))
        .then(
          (result) => settle('success', { errMsg: `${name}:ok`, ...(result as object | undefined) }),
          (error: unknown) => settle('fail', { errMsg: `${name}:fail ${error instanceof Error ? error.message : String(error)}` }),
        );
      return undefined;
    };
  }

  #wx(): Record<string, unknown> {
    const { host = {}, fontScale = 1, dark = false } = this.#options;
    const asked = <T>(what: string, perform: (() => T) | undefined): T => {
      if (!perform) throw new Error(`${what} is not allowed: system setting deny`);
      return perform();
    };
    const info = {
      platform: 'ios',
      system: 'iOS 17.5',
      model: 'iPhone 15',
      pixelRatio: 2,
      windowWidth: 390,
      windowHeight: 753,
      screenWidth: 390,
      screenHeight: 844,
      statusBarHeight: 47,
      SDKVersion: '3.8.0',
      version: '8.0.50',
      language: 'zh_CN',
      theme: dark ? 'dark' : 'light',
      benchmarkLevel: 50,
      fontSizeSetting: 17 * fontScale,
      fontSizeScaleFactor: fontScale,
      safeArea: { top: 47, bottom: 810, left: 0, right: 390, width: 390, height: 763 },
    };
    const listen = (name: string) => (listener: (value?: unknown) => void) => {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    };
    const method = (name: string, perform: (options: Record<string, unknown> & Callbacks) => unknown) => ({
      [name]: this.#method(name, perform),
    });
    return {
      env: { USER_DATA_PATH: 'wxfile://usr' },
      getSystemInfoSync: () => info,
      getWindowInfo: () => info,
      getDeviceInfo: () => info,
      getAppBaseInfo: () => info,
      getSystemSetting: () => ({}),
      getAppAuthorizeSetting: () => ({}),
      getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'release', version: '1.0.0' } }),
      getLaunchOptionsSync: () => this.#launchOptions(),
      getEnterOptionsSync: () => this.#launchOptions(),
      getMenuButtonBoundingClientRect: () => ({ top: 51, height: 32, width: 87, left: 296, right: 383, bottom: 83 }),
      canIUse: () => true,
      nextTick: (run: () => void) => this.#later(run),
      getStorageSync: (key: string) => this.storage.get(key) ?? '',
      setStorageSync: (key: string, value: unknown) => void this.storage.set(key, copy(value)),
      removeStorageSync: (key: string) => void this.storage.delete(key),
      onAppShow: listen('onAppShow'),
      onAppHide: listen('onAppHide'),
      onThemeChange: listen('onThemeChange'),
      onError: listen('onError'),
      onUnhandledRejection: listen('onUnhandledRejection'),
      onPageNotFound: listen('onPageNotFound'),
      createSelectorQuery: () =>
        selectorQuery(
          (run) => this.#later(run),
          (selector) => this.#nodeOf(selector),
        ),
      ...method('canvasToTempFilePath', ({ canvas }) => {
        if (!(canvas instanceof WeappCanvas)) throw new Error('no canvas');
        const tempFilePath = `wxfile://tmp_${this.pictures.size + 1}.png`;
        this.pictures.set(tempFilePath, canvas);
        return { tempFilePath };
      }),
      getFileSystemManager: () => ({}),
      ...method('navigateTo', ({ url }) => this.#open(String(url))),
      ...method('redirectTo', ({ url }) => {
        this.#closeTop();
        this.#open(String(url));
      }),
      ...method('reLaunch', ({ url }) => {
        while (this.#stack.length > 0) this.#closeTop();
        this.#open(String(url));
      }),
      ...method('switchTab', () => {
        throw new Error('can not switch to no-tabBar page');
      }),
      ...method('navigateBack', ({ delta }) => this.#back(Number(delta ?? 1))),
      ...method('setNavigationBarTitle', () => undefined),
      ...method('setClipboardData', () => undefined),
      ...method('vibrateShort', () => undefined),
      ...method('pageScrollTo', () => undefined),
      ...method('showToast', ({ title }) => void this.toasts.push(String(title))),
      ...method('showModal', ({ title, content }) => {
        const shown = { ...(title ? { title: String(title) } : {}), ...(content ? { content: String(content) } : {}) };
        this.modals.push(shown);
        const confirm = host.modal?.(shown) ?? true;
        return { confirm, cancel: !confirm };
      }),
      ...method('login', async () => ({ code: await asked('login', host.login) })),
      ...method('requestPayment', async (options) => {
        const { success: _s, fail: _f, complete: _c, ...params } = options;
        await asked('requestPayment', host.pay && (() => host.pay?.(params as Record<string, string>)));
      }),
      ...method('scanCode', async () => ({ scanType: 'QR_CODE', charSet: 'UTF-8', ...(await asked('scanCode', host.scan)) })),
      ...method('getLocation', () => asked('getLocation', host.locate)),
      ...method('requestSubscribeMessage', ({ tmplIds }) => {
        const agreed = host.subscribe?.(tmplIds as string[]) ?? [];
        return Object.fromEntries((tmplIds as string[]).map((id) => [id, agreed.includes(id) ? 'accept' : 'reject']));
      }),
      request: (options: Record<string, unknown> & Callbacks) => {
        this.#method('request', (asking) => this.#request(asking))(options);
        return { abort: () => undefined, onHeadersReceived: () => undefined, offHeadersReceived: () => undefined };
      },
    };
  }

  /** Of the elements that a query may ask for, only the canvases that pictures are drawn on are more than a place on the screen. */
  #nodeOf(selector: string): { node: WeappCanvas } | null {
    const found = selector.startsWith('#') ? this.find(selector.slice(1)) : undefined;
    return found?.uid?.startsWith('k-picture-') ? { node: new WeappCanvas((run) => this.#later(run)) } : null;
  }

  async #request(options: Record<string, unknown>): Promise<object> {
    const { baseUrl } = this.#options;
    if (!baseUrl) throw new Error('request: no network');
    const asked = new URL(String(options.url));
    const reply = await fetch(new URL(asked.pathname + asked.search, baseUrl), {
      method: String(options.method ?? 'GET'),
      headers: options.header as Record<string, string>,
      ...(options.data === undefined ? {} : { body: options.data as string }),
      signal: AbortSignal.timeout(Number(options.timeout ?? 60_000)),
    }).catch((error: Error) => {
      throw new Error(error.name === 'TimeoutError' ? 'timeout' : `errcode:-101 ${error.message}`);
    });
    const text = await reply.text();
    return { statusCode: reply.status, header: Object.fromEntries(reply.headers), cookies: [], data: text };
  }
}

/** Launches the bundle and waits for its first drawing. */
export function launchWeapp(options: WeappOptions): Promise<Weapp> {
  return new Weapp(options).start();
}

const isText = (node: WeappNode): boolean => node.v !== undefined;

function textOf(node: WeappNode): string {
  return (node.v ?? '') + (node.cn ?? []).map(textOf).join('');
}

function* walk(node: WeappNode | undefined): Generator<WeappNode> {
  if (!node) return;
  yield node;
  for (const child of node.cn ?? []) yield* walk(child);
}

/** Input, change and the like do not bubble: they belong to the element itself, or for a button's words to the button. */
function nearestFor(elements: readonly WeappNode[], type: string): WeappNode {
  const found =
    type === 'getphonenumber' ? elements.find((node) => node.openType !== undefined || node.cl?.includes('k-button')) : elements[0];
  return found ?? (elements[0] as WeappNode);
}

function queryOf(search: string): Record<string, string> {
  // WeChat leaves the values encoded.
  return Object.fromEntries(
    search
      .split('&')
      .filter(Boolean)
      .map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
}

const copy = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

/** `setData`'s paths: `root.cn.[0].cl`. Values cross a bridge: what is not JSON does not arrive. */
function apply(data: Record<string, unknown>, patch: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(patch)) {
    const steps = key
      .replace(/\[(\d+)\]/g, '.$1')
      .split('.')
      .filter(Boolean);
    let place = data;
    for (let index = 0; index < steps.length - 1; index++) {
      const step = steps[index] as string;
      place[step] ??= /^\d+$/.test(steps[index + 1] ?? '') ? [] : {};
      place = place[step] as Record<string, unknown>;
    }
    place[steps.at(-1) as string] = copy(value);
  }
}

/** There is no renderer, so nothing has a size: queries find nothing but canvases, as on a page that is not drawn yet. */
function selectorQuery(later: (run: () => void) => void, nodeOf: (selector: string) => object | null) {
  const asked: { readonly selector: string; readonly callback: (found: object | null) => void }[] = [];
  let selected = '';
  const query: Record<string, unknown> = {
    in: () => query,
    exec: (done?: (found: (object | null)[]) => void) =>
      later(() => {
        const found = asked.map(({ selector }) => nodeOf(selector));
        for (const [index, { callback }] of asked.entries()) callback(found[index] ?? null);
        done?.(found);
      }),
  };
  const node = Object.fromEntries(
    ['fields', 'boundingClientRect', 'scrollOffset', 'node', 'context'].map((name) => [
      name,
      (...given: unknown[]) => {
        const callback = given.find((one) => typeof one === 'function') as ((found: object | null) => void) | undefined;
        asked.push({ selector: selected, callback: callback ?? (() => undefined) });
        return query;
      },
    ]),
  );
  for (const name of ['select', 'selectAll', 'selectViewport']) {
    query[name] = (selector = '') => {
      selected = String(selector);
      return node;
    };
  }
  return query;
}
