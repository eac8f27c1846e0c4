/** Signing in, rolls, leaves and exceptions: what happened in a session. */
import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area } from '../use-cases.ts';
import { askLeave } from './ask-leave.ts';
import { callRoll } from './call-roll.ts';
import { decideException } from './decide-exception.ts';
import { getBoard } from './get-board.ts';
import { getRoll } from './get-roll.ts';
import { listChildLeaves } from './list-child-leaves.ts';
import { listChildSessions } from './list-child-sessions.ts';
import { listExceptions } from './list-exceptions.ts';
import { listMyExceptions } from './list-my-exceptions.ts';
import { listMySessions } from './list-my-sessions.ts';
import { requestException } from './request-exception.ts';
import { showQr } from './show-qr.ts';
import { signIn, signOut } from './sign.ts';
import { withdrawLeave } from './withdraw-leave.ts';

export function attendance(platform: Pick<Platform, 'table' | 'clock' | 'secrets'>): Area<typeof attendanceRoutes> {
  return {
    useCases: {
      showQr: showQr(platform),
      listMySessions: listMySessions(platform),
      signIn: signIn(platform),
      signOut: signOut(platform),
      requestException: requestException(platform),
      listMyExceptions: listMyExceptions(platform),
      listExceptions: listExceptions(platform),
      decideException: decideException(platform),
      getRoll: getRoll(platform),
      callRoll: callRoll(platform),
      listChildSessions: listChildSessions(platform),
      askLeave: askLeave(platform),
      withdrawLeave: withdrawLeave(platform),
      listChildLeaves: listChildLeaves(platform),
      getBoard: getBoard(platform),
    },
  };
}
