/** Going from page to page, by the names in `routes.ts`. */
import Taro, { useRouter } from '@tarojs/taro';
import { useMemo } from 'react';
import type * as z from 'zod';
import { type PageName, pagePath } from '../routes.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function pageUrl(page: PageName, query: Query = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length > 0 ? `${pagePath(page)}?${pairs.join('&')}` : pagePath(page);
}

/** WeChat keeps ten pages and refuses the eleventh: from there on, the top one is replaced. */
const PAGES_MAX = 10;

export function go(page: PageName, query?: Query): void {
  open(pageUrl(page, query));
}
/** Instead of this page: after a step that must not be stepped back into, and between tabs. */
export function replace(page: PageName, query?: Query): void {
  Taro.redirectTo({ url: pageUrl(page, query) }).catch(lost);
}
/** Closes everything and begins here: another role, signing in and out. */
export function restart(page: PageName, query?: Query): void {
  Taro.reLaunch({ url: pageUrl(page, query) }).catch(lost);
}
/** One page back; to `home` where there is none (the app was opened on this page by a share card). */
export function back(home: PageName = 'entry/start'): void {
  if (Taro.getCurrentPages().length > 1) Taro.navigateBack().catch(lost);
  else restart(home);
}
export const canGoBack = (): boolean => Taro.getCurrentPages().length > 1;

/** Opens a path that the host named (a share card, a message): only pages of this app. */
export function openPath(path: string): void {
  if (/^\/[a-z0-9/-]+(\?.*)?$/i.test(path)) open(path);
}

function open(url: string): void {
  const opened = Taro.getCurrentPages().length >= PAGES_MAX ? Taro.redirectTo({ url }) : Taro.navigateTo({ url });
  opened.catch(lost);
}

// A page that does not exist any more (an old share card): the start page knows where the person belongs.
function lost(): void {
  Taro.reLaunch({ url: pagePath('entry/start') }).catch(() => undefined);
}

/**
 * This page's query, parsed: it comes from links that anyone can make. `undefined` when it does not fit; show
 * `<ListState>`'s error then, or go home.
 */
export function useQuery<S extends z.ZodType>(schema: S): z.output<S> | undefined {
  const { params } = useRouter();
  const key = JSON.stringify(params);
  return useMemo(() => {
    // WeChat hands values over encoded, browsers decoded: an id has nothing to decode, a text may.
    const decoded = Object.fromEntries(
      Object.entries(JSON.parse(key) as Record<string, string | undefined>).map(([name, value]) => [name, decode(value ?? '')]),
    );
    const parsed = schema.safeParse(decoded);
    return parsed.success ? parsed.data : undefined;
  }, [key, schema]);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
