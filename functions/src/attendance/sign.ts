import type { SignMark } from '@kehou/shared/attendance/attendance';
import { Position } from '@kehou/shared/attendance/attendance';
import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { isFreshTurn, isLate, judgeHours, judgePlace, signInHours, signOutHours } from '@kehou/shared/attendance/rules';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Instant, ms } from '@kehou/shared/kernel/time';
import { Organisation } from '@kehou/shared/organisation/organisation';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { check, create, put, type Write } from '../platform/table.ts';
import { type OwnSession, ownSession, settingsOf } from './own-session.ts';
import { type QrPayload, readQr } from './qr.ts';
import { emptyRecord, type MarkField, signWrite } from './record.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock' | 'secrets'>;
type Sign = typeof attendanceRoutes.signIn;
type Input = ParsedOf<Sign>;

const UsedQr = z.object({ sessionId: z.string(), mark: z.enum(['signedIn', 'signedOut']) });
const LastSign = z.object({ at: Instant, position: Position });

/** A position is kept for a day, to tell one person from two, and then dropped. */
const KEPT_SECONDS = 86_400;
const TRIES_MAX = 3;

/** Signs in by the school's code and the phone's position. Two round trips: one read, one transaction. Again: the first result. */
export function signIn(deps: Deps) {
  return sign(deps, 'signedIn');
}

/** Signs out the same way, once signed in. */
export function signOut(deps: Deps) {
  return sign(deps, 'signedOut');
}

function sign(deps: Deps, field: MarkField) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Sign>> => {
    const code = readQr(deps.secrets.qr, input.qrText);
    for (let attempt = 1; ; attempt++) {
      const found = await ownSession(deps.table, input, actor, [
        keys.usedQr(code.nonce, actor.personId),
        keys.lastSign(actor.personId),
        keys.settings(code.schoolId),
        keys.organisation(code.schoolId),
      ]);
      if (found.record?.[field]) return found.record;
      const { mark, writes } = judge(deps, field, input, actor, code, found);
      // Refused: somebody (or this very request, its reply lost) was quicker: what is there now says which.
      if (!(await deps.table.tryWrite(writes))) return { ...(found.record ?? emptyRecord(found.session)), [field]: mark };
      if (attempt >= TRIES_MAX) throw new DomainError('request.changed');
    }
  };
}

/** Every reason to refuse, or what to write. */
function judge(
  { clock }: Deps,
  field: MarkField,
  input: Input,
  actor: Actor,
  code: QrPayload,
  found: OwnSession,
): { mark: SignMark; writes: Write[] } {
  const now = clock.now();
  const { session, record } = found;
  const [usedRow, lastRow, settingsRow, schoolRow] = found.rows;
  const settings = settingsOf(settingsRow);

  if (session.status === 'cancelled') throw new DomainError('attendance.session_cancelled');
  if (code.schoolId !== session.schoolId) throw new DomainError('attendance.qr_other_school');
  const used = usedRow === undefined ? undefined : UsedQr.parse(usedRow);
  if (used && (used.sessionId !== session.sessionId || used.mark !== field)) throw new DomainError('attendance.qr_used');
  if (!isFreshTurn(code.turn, now)) throw new DomainError('attendance.qr_expired');
  const hours = field === 'signedIn' ? signInHours(session, settings) : signOutHours(session);
  const outside = judgeHours(now, hours);
  if (outside) throw new DomainError(outside, { from: hours.from, until: hours.until });
  if (field === 'signedOut' && !record?.signedIn) throw new DomainError('attendance.not_signed_in');

  const last = lastRow === undefined ? undefined : LastSign.parse(lastRow);
  const place = judgePlace(now, input.position, Organisation.parse(schoolRow).fence, last);
  if (place.refused) {
    throw new DomainError(place.refused, place.distanceMetres === undefined ? undefined : { distanceMetres: place.distanceMetres });
  }

  const mark: SignMark = {
    at: now,
    distanceMetres: place.distanceMetres,
    late: field === 'signedIn' && isLate(now, session, settings),
    by: 'qr',
  };
  const ttl = Math.floor(ms(now) / 1000) + KEPT_SECONDS;
  const writes = [
    create(keys.usedQr(code.nonce, actor.personId), { sessionId: session.sessionId, mark: field, ttl }),
    signWrite(session, field, mark),
    check(keys.session(session.offeringId, session.sessionId), {
      expression: '#status = :scheduled AND #instructorId = :me',
      values: { scheduled: 'scheduled', me: session.instructorId },
    }),
    // Two signs at once from two places must meet: the second sees the first and is judged by it.
    put(
      keys.lastSign(actor.personId),
      { at: now, position: input.position, ttl },
      {
        condition: last
          ? { expression: 'attribute_not_exists(PK) OR #at = :seen', values: { seen: last.at } }
          : { expression: 'attribute_not_exists(PK)' },
      },
    ),
  ];
  return { mark, writes };
}
