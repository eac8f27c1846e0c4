/** The day in China by the server's clock, kept up to date: over midnight, and when the first reply says what time it is. */
import { type ChinaDate, chinaDate } from '@kehou/shared/kernel/time';
import { useEffect, useState } from 'react';
import { serverNow } from '../clock.ts';

const LOOK_EVERY_MS = 1000;

export function useToday(): ChinaDate {
  const [today, setToday] = useState(() => chinaDate(serverNow()));
  useEffect(() => {
    const look = () => setToday(chinaDate(serverNow()));
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return today;
}
