import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { SchoolSettings } from '@kehou/shared/school/school';
import { settingsFault } from '@kehou/shared/school/settings';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { changeFrame, type FrameDeps } from './frame.ts';
import { getSettings, nextSettingsWrite } from './settings.repository.ts';

type Routes = typeof schoolRoutes;

/** One round trip. */
export function showSettings({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['getSettings']>): Promise<ReplyOf<Routes['getSettings']>> => getSettings(table, input.schoolId);
}

/**
 * Changes what holds at a school: who approves, when a teacher may sign in, which periods there are. New hours of a
 * period move the sessions to come, and are refused where a class would then meet when its instructor is elsewhere. Three round trips;
 * for new hours one more for each room, instructor and class. Throws `settings.wrong_periods`, `settings.wrong_chain`,
 * `settings.payout_chain`, `school.classes_clash`; `school.changed_meanwhile` where they are not of the version that was read.
 */
export function putSettings(deps: FrameDeps) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['putSettings']>, actor: Actor): Promise<ReplyOf<Routes['putSettings']>> => {
    const { schoolId } = input;
    const asked = SchoolSettings.parse(input);
    const fault = settingsFault(asked);
    if (fault) throw new DomainError(fault);
    await mustGetSchool(table, schoolId);
    const settings: SchoolSettings = { ...asked, version: asked.version + 1 };
    const read = async () => {
      const before = await getSettings(table, schoolId);
      if (contentOf(before) === contentOf(asked)) return { before, done: true } as const;
      if (before.version !== asked.version) throw new DomainError('school.changed_meanwhile', { version: before.version });
      const write = nextSettingsWrite(schoolId, settings, before.version);
      const audit = auditWrite({
        organisationId: schoolId,
        at: clock.now(),
        actor,
        action: 'school.settings-changed',
        subject: schoolId,
        details: { before, after: settings },
      });
      return { before, done: false, writes: [write, audit] } as const;
    };
    const first = await read();
    if (first.done) return first.before;
    if (JSON.stringify(first.before.periods) !== JSON.stringify(settings.periods)) {
      await changeFrame(deps, { schoolId, settings }, async () => {
        const again = await read();
        return again.done ? undefined : again;
      });
      return getSettings(table, schoolId);
    }
    // Refused: changed in this very moment: by this request sent twice, or by somebody else.
    if (!(await table.tryWrite(first.writes))) return settings;
    return (await read()).before;
  };
}

const contentOf = (settings: SchoolSettings) => JSON.stringify(SchoolSettings.parse({ ...settings, version: 0 }));
