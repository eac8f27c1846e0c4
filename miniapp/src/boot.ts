/** What has to be known before the first screen: host, language, session. One promise, shared by everybody. */
import { useSyncExternalStore } from 'react';
import { platform } from './platform/current';
import { restoreSession } from './session.ts';
import { type Language, setLanguage } from './texts/catalogue.ts';

const LANGUAGE_KEY = 'language';

let booted = false;
let boots: Promise<void> | undefined;
const listeners = new Set<() => void>();

export function boot(): Promise<void> {
  boots ??= (async () => {
    await platform.ready();
    const chosen = platform.storageGet(LANGUAGE_KEY);
    // Chinese first: English only for those who chose it, here or in the phone's settings.
    setLanguage(chosen === 'zh' || chosen === 'en' ? chosen : platform.systemInfo().language);
    restoreSession();
    booted = true;
    for (const listener of listeners) listener();
  })();
  return boots;
}

export function keepLanguage(language: Language): void {
  platform.storageSet(LANGUAGE_KEY, language);
  setLanguage(language);
}

/** Whether {@link boot} has finished; draws again when it has. */
export function useBooted(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => booted,
    () => booted,
  );
}
