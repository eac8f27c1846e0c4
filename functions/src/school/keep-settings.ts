import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { SchoolSettings } from '@kehou/shared/school/school';
import { settingsFault } from '@kehou/shared/school/settings';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { changeFrame, type FrameDeps } from './frame.ts';
import { getSettings, settingsWrite } from './settings.repository.ts';

type Routes = typeof schoolRoutes;

/** One round trip. */
export function showSettings({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['getSettings']>): Promise<ReplyOf<Routes['getSettings']>> => getSettings(table, input.schoolId);
}

/**
 * Changes what holds at a school: who approves, when a teacher may sign in, which periods there are. New hours of a
 * period move the sessions to come, and are refused where a class would then meet when its instructor is elsewhere. Three round trips;
 * for new hours one more for each room, instructor and class. Throws `settings.wrong_periods`, `settings.wrong_chain`,
 * `settings.payout_chain`, `school.classes_clash`.
 */
export function putSettings(deps: FrameDeps) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['putSettings']>, actor: Actor): Promise<ReplyOf<Routes['putSettings']>> => {
    const { schoolId } = input;
    const settings = SchoolSettings.parse(input);
    const fault = settingsFault(settings);
    if (fault) throw new DomainError(fault);
    await mustGetSchool(table, schoolId);
    const writes = async () => {
      const before = await getSettings(table, schoolId);
      if (JSON.stringify(before) === JSON.stringify(settings)) return undefined;
      return {
        hoursChange: JSON.stringify(before.periods) !== JSON.stringify(settings.periods),
        writes: [
          settingsWrite(schoolId, settings),
          auditWrite({
            organisationId: schoolId,
            at: clock.now(),
            actor,
            action: 'school.settings-changed',
            subject: schoolId,
            details: { before, after: settings },
          }),
        ],
      };
    };
    const first = await writes();
    if (first && !first.hoursChange) await table.write(first.writes);
    else if (first) await changeFrame(deps, { schoolId, settings }, writes);
    return settings;
  };
}
