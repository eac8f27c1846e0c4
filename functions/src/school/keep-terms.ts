import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addDays } from '@kehou/shared/kernel/time';
import { yearsBetween } from '@kehou/shared/school/calendar';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { Term } from '@kehou/shared/school/school';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { publishedYears } from './calendar.repository.ts';
import { changeFrame, type FrameDeps } from './frame.ts';
import { TERMS_MAX, termsOf, termsVersion, termWrites } from './term.repository.ts';

type Routes = typeof schoolRoutes;

const TERM_DAYS_MAX = 200;

/** One round trip. */
export function listTerms({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['listTerms']>): Promise<ReplyOf<Routes['listTerms']>> => ({
    items: (await termsOf(table, input.schoolId)).reverse(),
  });
}

/**
 * Sets a term. No two terms of a school overlap: a room's and a pupil's slots are claimed term by term. Another service
 * period moves the sessions of classes that there are, unless one would then meet when its instructor is elsewhere, or begin before its
 * selection is settled. It stands on the trail. Six round trips, and one for each room, instructor and class; the same again writes
 * nothing.
 * Throws `term.wrong_days`, `term.overlaps`, `calendar.year_unpublished`, `school.classes_clash`; `school.changed_meanwhile`
 * where it is not of the version that was read.
 */
export function putTerm(deps: FrameDeps) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['putTerm']>, actor: Actor): Promise<ReplyOf<Routes['putTerm']>> => {
    const { schoolId } = input;
    const asked = Term.parse(input);
    checkDays(asked);
    const term: Term = { ...asked, version: asked.version + 1 };
    let kept = term;
    const school = await mustGetSchool(table, schoolId);
    const years = yearsBetween(term.firstDay, term.lastDay);
    const published = await publishedYears(table, school, years);
    const missing = years.filter((_, index) => !published[index]);
    if (missing.length > 0) throw new DomainError('calendar.year_unpublished', { years: missing });
    await changeFrame(deps, { schoolId, term }, async () => {
      const version = await termsVersion(table, schoolId);
      const terms = await termsOf(table, schoolId);
      const before = terms.find(({ termId }) => termId === term.termId);
      kept = before && contentOf(before) === contentOf(asked) ? before : term;
      if (kept === before) return undefined;
      if ((before?.version ?? 0) !== asked.version) throw new DomainError('school.changed_meanwhile', { version: before?.version });
      const other = terms.find((each) => each.termId !== term.termId && each.firstDay <= term.lastDay && term.firstDay <= each.lastDay);
      if (other) throw new DomainError('term.overlaps', { name: other.name });
      if (!before && terms.length >= TERMS_MAX) throw new DomainError('request.invalid', { termsMax: TERMS_MAX });
      const audit = auditWrite({
        organisationId: schoolId,
        at: clock.now(),
        actor,
        action: 'school.term-changed',
        subject: term.termId,
        details: { before: toldOf(before), after: toldOf(term) },
      });
      return { writes: [...termWrites(schoolId, term, version, terms), audit], isNew: !before };
    });
    return kept;
  };
}

/** `{}`: there was none. */
function toldOf(term: Term | undefined) {
  if (!term) return {};
  const { name, firstDay, lastDay, serviceFirstDay, serviceLastDay } = term;
  return { termName: name, firstDay, lastDay, serviceFirstDay, serviceLastDay };
}

const contentOf = (term: Term) => JSON.stringify(Term.parse({ ...term, version: 0 }));

function checkDays(term: Term): void {
  const isSound =
    term.firstDay <= term.serviceFirstDay &&
    term.serviceFirstDay <= term.serviceLastDay &&
    term.serviceLastDay <= term.lastDay &&
    term.lastDay < addDays(term.firstDay, TERM_DAYS_MAX);
  if (!isSound) throw new DomainError('term.wrong_days', { daysMax: TERM_DAYS_MAX });
}
