import { Leave } from '@kehou/shared/attendance/attendance';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Session } from '@kehou/shared/offering/offering';
import { keys } from '../platform/keys.ts';
import { type Condition, check, type Write } from '../platform/table.ts';
import type { StoredRecord } from './record.repository.ts';

export const StoredLeave = Leave.extend({ schoolId: Id('organisation') });
export type StoredLeave = typeof StoredLeave._output;

/** Leave is asked and withdrawn before the session begins and before the roll is called. */
export function mayStillChange(session: Session, record: StoredRecord | undefined, now: Instant): void {
  if (session.status === 'cancelled') throw new DomainError('attendance.session_cancelled');
  if (ms(now) >= ms(session.startsAt)) throw new DomainError('attendance.session_begun');
  if (record?.rollCalledAt) throw new DomainError('attendance.roll_called');
}

const ROLL_NOT_CALLED: Condition = { expression: 'attribute_not_exists(#rollCalledAt)' };

/** The roll has not been called while we looked. */
export function rollNotCalled(session: Session): Write {
  return check(keys.sessionRecord(session.offeringId, session.sessionId), ROLL_NOT_CALLED);
}
