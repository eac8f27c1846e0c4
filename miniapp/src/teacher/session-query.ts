/** One session, as pages are told which: by its class, itself and its day (sessions are read by day). */
import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { Id } from '@kehou/shared/kernel/id';
import { ChinaDate } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { useCall } from '../queries.ts';

export const SessionQuery = z.object({ offeringId: Id('offering'), sessionId: Id('session'), date: ChinaDate });
export type SessionQuery = z.infer<typeof SessionQuery>;

export const sessionQueryOf = ({ offeringId, sessionId, date }: TeacherSession): SessionQuery => ({ offeringId, sessionId, date });

/** My sessions of that day, and the one that is asked for. */
export function useSession({ sessionId, date }: SessionQuery) {
  const reading = useCall('attendance', 'listMySessions', { from: date, to: date }, { everyMs: 30_000 });
  return { reading, session: reading.data?.items.find((one) => one.sessionId === sessionId) };
}

/** What changes when a session is signed, called or commented on. */
export const sessionReads = [
  ['attendance', 'listMySessions'],
  ['attendance', 'getRoll'],
] as const;
