/** What happens in class: absences, comments, exceptions. */
import { ExceptionRequest } from '@kehou/shared/attendance/attendance';
import { absenceCorrected, absent, commented, exceptionAsked, exceptionDecided } from '@kehou/shared/messaging/words';
import { Pupil } from '@kehou/shared/school/school';
import { Comment } from '@kehou/shared/teaching/routes';
import * as z from 'zod';
import { StoredRollEntry } from '../attendance/roll.repository.ts';
import { keys } from '../platform/keys.ts';
import type { NewsSource } from './news.ts';

/** Absent at the roll call: the guardians at once. Corrected afterwards: they too. */
export const newsOfRolls: NewsSource = async ({ keys: { PK, SK }, before, after }) => {
  if (!PK.startsWith('ROLL#') || !SK.startsWith('PUPIL#') || !after) return [];
  const entry = StoredRollEntry.parse(after);
  const was = before && StoredRollEntry.parse(before).presence;
  const isAbsent = entry.presence === 'absent';
  if (isAbsent === (was === 'absent')) return [];
  const { sessionId, pupilId, name, courseName, date, corrections } = entry;
  const facts = { pupilId, pupilName: name, courseName, date };
  return [
    {
      cause: `${sessionId}.${pupilId}:${entry.presence}:${corrections.length}`,
      audience: { to: 'guardians', pupilId },
      told: isAbsent ? absent(facts) : absenceCorrected(facts),
    },
  ];
};

/** The first comment; written again, the page shows the last one. */
export const newsOfComments: NewsSource = async ({ keys: { PK, SK }, before, after }, { table }) => {
  if (!PK.startsWith('COMMENTS#') || !SK.startsWith('PUPIL#') || !after || before) return [];
  const { sessionId, pupilId, courseName, instructorName } = Comment.parse(after);
  const pupil = await table.get(keys.pupil(pupilId), Pupil);
  if (!pupil) return [];
  return [
    {
      cause: `${sessionId}.${pupilId}:comment`,
      audience: { to: 'guardians', pupilId },
      told: commented({ pupilId, pupilName: pupil.name, courseName, instructorName }),
    },
  ];
};

const AskedException = ExceptionRequest.extend({ askedBy: z.string() });

export const newsOfExceptions: NewsSource = async ({ keys: { PK, SK }, before, after }) => {
  if (!PK.startsWith('EXCEPTIONS#') || !SK.startsWith('EXCEPTION#') || !after) return [];
  const exception = AskedException.parse(after);
  const { attendanceExceptionId, schoolId, status, askedBy } = exception;
  if (before?.status === status) return [];
  if (status === 'asked') {
    return [
      { cause: `${attendanceExceptionId}:asked`, audience: { to: 'desk', schoolId, role: 'school' }, told: exceptionAsked(exception) },
    ];
  }
  return [
    {
      cause: `${attendanceExceptionId}:decided`,
      audience: { to: 'person', personId: askedBy },
      told: exceptionDecided({ ...exception, status }),
    },
  ];
};
