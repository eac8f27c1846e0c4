import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Session } from '@kehou/shared/offering/offering';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { remove, set } from '../platform/table.ts';
import { mayStillChange, rollNotCalled, StoredLeave } from './leave.repository.ts';
import { StoredRecord } from './record.repository.ts';

type Withdraw = typeof attendanceRoutes.withdrawLeave;

/** The child comes after all. Before the session begins; again: the first result. Three round trips. */
export function withdrawLeave({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Withdraw>): Promise<ReplyOf<Withdraw>> => {
    const key = keys.leave(input.pupilId, input.leaveId);
    const leave = await table.mustGet(key, StoredLeave);
    if (leave.status === 'withdrawn') return leave;
    const [session, record] = await Promise.all([
      table.mustGet(keys.session(leave.offeringId, leave.sessionId), Session),
      table.get(keys.sessionRecord(leave.offeringId, leave.sessionId), StoredRecord),
    ]);
    mayStillChange(session, record, clock.now());
    if (
      await table.tryWrite([
        set(key, { status: 'withdrawn' }, { condition: { expression: '#status = :asked', values: { asked: 'asked' } } }),
        remove(keys.leaveOfSession(leave.sessionId, leave.pupilId), {
          condition: { expression: '#leaveId = :mine', values: { mine: leave.leaveId } },
        }),
        rollNotCalled(session),
      ])
    ) {
      const now = await table.mustGet(key, StoredLeave);
      if (now.status !== 'withdrawn') throw new DomainError('attendance.roll_called');
    }
    return { ...leave, status: 'withdrawn' };
  };
}
