/** The look of the place we are in, kept up to date: size, font scale, dark. */
import { useEffect, useState } from 'react';
import { DESK_WIDTH_MIN_PX } from '../theme/tokens.ts';
import { platform } from './current';
import type { SystemInfo } from './platform.ts';

export function useSystemInfo(): SystemInfo {
  const [info, setInfo] = useState(() => platform.systemInfo());
  useEffect(() => {
    const read = () => setInfo(platform.systemInfo());
    read();
    return platform.onHostMessage((message) => {
      if (message.name === 'appearance' || message.name === 'show') read();
    });
  }, []);
  return info;
}

/** Wide enough for side navigation, tables and a drawer. */
export const useWide = (): boolean => useSystemInfo().windowWidth >= DESK_WIDTH_MIN_PX;
