import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { SchoolSettings } from '@kehou/shared/school/school';
import { settingsFault } from '@kehou/shared/school/settings';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { redatingWrite } from './redating.ts';
import { getSettings, settingsWrite } from './settings.repository.ts';

type Routes = typeof schoolRoutes;

/** One round trip. */
export function showSettings({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['getSettings']>): Promise<ReplyOf<Routes['getSettings']>> => getSettings(table, input.schoolId);
}

/**
 * Changes what holds at a school: who approves, when a teacher may sign in, which periods there are. New hours of a
 * period move the sessions to come. Three round trips. Throws `settings.wrong_periods`, `settings.wrong_chain`,
 * `settings.payout_chain`.
 */
export function putSettings({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['putSettings']>, actor: Actor): Promise<ReplyOf<Routes['putSettings']>> => {
    const { schoolId } = input;
    const settings = SchoolSettings.parse(input);
    const fault = settingsFault(settings);
    if (fault) throw new DomainError(fault);
    await mustGetSchool(table, schoolId);
    const before = await getSettings(table, schoolId);
    if (JSON.stringify(before) === JSON.stringify(settings)) return settings;
    const hoursChanged = JSON.stringify(before.periods) !== JSON.stringify(settings.periods);
    await table.write([
      settingsWrite(schoolId, settings),
      auditWrite({
        organisationId: schoolId,
        at: clock.now(),
        actor,
        action: 'school.settings-changed',
        subject: schoolId,
        details: { before, after: settings },
      }),
      ...(hoursChanged ? [redatingWrite(schoolId, clock.now())] : []),
    ]);
    return settings;
  };
}
