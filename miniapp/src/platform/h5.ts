/** The platform in a browser: a phone inside the page that plays WeChat (host), or a desk with nobody around it. */
import { useEffect } from 'react';
import { FONT_SCALE_MAX } from '../theme/tokens.ts';
import { showDialog, showToast } from './h5-overlays.ts';
import { HostClient } from './host-client.ts';
import { type Appearance, HOST_PROTOCOL_VERSION, type HostMethod, type HostParams, type HostResult } from './host-protocol.ts';
import type { HostMessage, PickedFile, Platform, ShareCard, SystemInfo } from './platform.ts';
import { PlatformError } from './platform.ts';

let host: HostClient | undefined;
let appearance: Appearance | undefined;
let store: Storage | Map<string, string> = new Map();
let prefix = 'kehou:';
let started: Promise<void> | undefined;

const listeners = new Set<(message: HostMessage) => void>();
const tell = (message: HostMessage) => {
  for (const listener of listeners) listener(message);
};

async function start(): Promise<void> {
  if (window.parent !== window) {
    const client = new HostClient(window);
    try {
      const welcome = await client.call('hello', { version: HOST_PROTOCOL_VERSION });
      host = client;
      appearance = welcome.appearance;
      prefix = `kehou:${welcome.personKey}:`;
      store = browserStorage('localStorage');
      client.listen((event) => {
        if (event.name === 'appearance') {
          appearance = event.appearance;
          dress();
        }
        tell(event);
      });
    } catch {
      // A frame that does not speak the protocol, or may not: the app is on its own.
    }
  }
  if (!host) {
    // A desk's session ends with its tab: school computers are shared, and two roles can sit side by side in two tabs.
    store = browserStorage('sessionStorage');
    document.addEventListener('visibilitychange', () => tell({ name: document.visibilityState === 'visible' ? 'show' : 'hide' }));
  }
  window.addEventListener('resize', () => tell({ name: 'appearance' }));
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => tell({ name: 'appearance' }));
  dress();
}

/** A host's dark mode wins over the browser's; its font size also reaches what lies above the pages. */
function dress(): void {
  const { classList, style } = document.documentElement;
  style.setProperty('--scale', String(platform.systemInfo().fontScale));
  classList.toggle('k-dark', appearance?.dark === true);
  classList.toggle('k-light', appearance?.dark === false);
}

function browserStorage(kind: 'localStorage' | 'sessionStorage'): Storage | Map<string, string> {
  try {
    return window[kind];
  } catch {
    return new Map(); // cookies are blocked: signed in until the page is left
  }
}

async function ask<M extends HostMethod>(method: M, params: HostParams<M>): Promise<HostResult<M>> {
  if (!host) throw new PlatformError('platform.unavailable', method);
  return host.call(method, params);
}

export const platform: Platform = {
  ready() {
    started ??= start();
    return started;
  },
  systemInfo(): SystemInfo {
    return {
      target: 'h5',
      seat: host ? 'phone' : 'desk',
      windowWidth: window.innerWidth,
      windowHeight: window.innerHeight,
      statusBarHeight: appearance?.statusBarHeight ?? 0,
      safeBottom: appearance?.safeBottom ?? 0,
      fontScale: Math.min(FONT_SCALE_MAX, Math.max(1, appearance?.fontScale ?? 1)),
      dark: appearance?.dark ?? window.matchMedia('(prefers-color-scheme: dark)').matches,
      reducedMotion: appearance?.reducedMotion ?? window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      language: appearance?.language ?? (/^en/i.test(navigator.language) ? 'en' : 'zh'),
    };
  },

  login: async () => (await ask('login', {})).code,
  pay: async (params) => {
    await ask('requestPayment', params);
  },
  scan: async () => (await ask('scan', {})).text,
  locate: async () => ask('locate', {}),
  async subscribe(templateIds) {
    if (!host || templateIds.length === 0) return [];
    try {
      const { accepted } = await ask('subscribe', { templateIds: templateIds.slice(0, 3) });
      return accepted.filter((id) => templateIds.includes(id));
    } catch {
      return [];
    }
  },

  async request({ method, url, headers, body, timeoutMs = 15_000 }) {
    const reply = await fetched(url, { method, headers: { ...headers }, ...(body === undefined ? {} : { body }) }, timeoutMs);
    const text = await reply.text().catch(() => {
      throw new PlatformError('platform.network', 'the reply broke off');
    });
    return { status: reply.status, body: parseJson(text), headers: Object.fromEntries(reply.headers) };
  },
  async upload(url, file, headers) {
    const reply = await fetched(url, { method: 'PUT', headers: { 'content-type': file.type, ...headers }, body: file.bytes }, 120_000);
    if (!reply.ok) throw new PlatformError('platform.failed', `upload: ${reply.status}`);
  },

  storageGet(key) {
    return (store instanceof Map ? store.get(prefix + key) : store.getItem(prefix + key)) ?? undefined;
  },
  storageSet(key, value) {
    if (store instanceof Map) store.set(prefix + key, value);
    else store.setItem(prefix + key, value);
  },
  storageRemove(key) {
    if (store instanceof Map) store.delete(prefix + key);
    else store.removeItem(prefix + key);
  },

  toast: (text, kind = 'plain') => showToast(text, kind),
  modal: (options) => showDialog(options),
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      throw new PlatformError('platform.denied', 'clipboard');
    }
  },
  vibrate() {
    navigator.vibrate?.(15);
  },
  setTitle(title) {
    document.title = title;
    if (host) ask('setTitle', { title: title.slice(0, 120) }).catch(() => undefined);
  },

  async openUrl(url) {
    if (!/^https?:/i.test(url)) throw new PlatformError('platform.failed', 'not a web address');
    window.open(url, '_blank', 'noopener');
  },
  async previewImages(urls, current) {
    const url = current ?? urls[0];
    if (url) window.open(url, '_blank', 'noopener');
  },
  async download(url, fileName) {
    save(url, fileName);
  },
  async saveFile(bytes, fileName, type) {
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    save(url, fileName);
    // The browser has read it by then; at once would cut it off in some.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  },
  async saveImage(url, fileName) {
    save(url, fileName);
  },
  pickFile: (accept) => pickFile(accept),

  onHostMessage(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** What the host's share menu sends from this page. */
export function usePlatformShare(card: ShareCard | null): void {
  const key = card ? JSON.stringify(card) : '';
  useEffect(() => {
    if (!host) return undefined;
    ask('setShareCard', { card: key ? (JSON.parse(key) as ShareCard) : null }).catch(() => undefined);
    return () => {
      ask('setShareCard', { card: null }).catch(() => undefined);
    };
  }, [key]);
}

/** For the buttons that WeChat draws itself (`buttons.h5.tsx`). */
export const phoneNumberCode = async (): Promise<string> => (await ask('phoneNumberCode', {})).code;
export const shareNow = async (card: ShareCard): Promise<void> => {
  await ask('share', { card });
};
export const hasHost = (): boolean => host !== undefined;

async function fetched(url: string, init: RequestInit, timeoutMs: number): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: 'omit', signal: AbortSignal.timeout(timeoutMs) });
  } catch (reason) {
    const late = reason instanceof DOMException && reason.name === 'TimeoutError';
    throw new PlatformError(late ? 'platform.timeout' : 'platform.network', String(reason));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function save(url: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.rel = 'noopener';
  document.body.append(link);
  link.click();
  link.remove();
}

function pickFile(accept: readonly string[]): Promise<PickedFile> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = accept.join(',');
    input.hidden = true;
    document.body.append(input);
    const done = () => input.remove();
    input.addEventListener('cancel', () => {
      done();
      reject(new PlatformError('platform.cancelled'));
    });
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      done();
      if (!file) return reject(new PlatformError('platform.cancelled'));
      file.arrayBuffer().then(
        (bytes) => resolve({ name: file.name, type: file.type || 'application/octet-stream', bytes }),
        (reason: unknown) => reject(new PlatformError('platform.failed', String(reason))),
      );
      return undefined;
    });
    input.click();
  });
}
