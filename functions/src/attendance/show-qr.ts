import { QR_TURN_SECONDS } from '@kehou/shared/attendance/attendance';
import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { turnAt, turnStart } from '@kehou/shared/attendance/rules';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { instant, ms } from '@kehou/shared/kernel/time';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { makeQr } from './qr.ts';

type Show = typeof attendanceRoutes.showQr;

/** The code of this half minute. One round trip, which is for the school's name alone. */
export function showQr({ table, clock, secrets }: Pick<Platform, 'table' | 'clock' | 'secrets'>) {
  return async (input: ParsedOf<Show>): Promise<ReplyOf<Show>> => {
    const school = await table.mustGet(keys.organisation(input.schoolId), Organisation);
    const turn = turnAt(clock.now());
    const shownAt = turnStart(turn);
    return {
      text: makeQr(secrets.qr, { schoolId: input.schoolId, place: input.place, turn }),
      shownAt,
      changesAt: instant(ms(shownAt) + QR_TURN_SECONDS * 1000),
      schoolName: school.name,
      place: input.place,
    };
  };
}
