/** What a school does with its windows before and while they run. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, chinaInstant, type Instant, ms, type TimeOfDay } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { Organisation } from '@kehou/shared/organisation/organisation';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { asOpenTo, earliestNoticedClose, wrongGradeOpenings } from '@kehou/shared/selection/rules';
import { lastHoldAt, SETTLE_MARGIN_MINUTES, Window } from '@kehou/shared/selection/window';
import { auditWrite } from '../organisation/audit.ts';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, create, put, set, type Table, type Write } from '../platform/table.ts';
import { earliestClose } from './admission.ts';
import { withAdmission } from './count-families.ts';
import { refuseLotteryChange, refuseWrongLottery, sealed, unsealed } from './lottery-terms.ts';
import { applyHours, openOffering, windowItem } from './window.repository.ts';

type Routes = typeof selectionRoutes;
const GRADE_MAX = 9;
const DAY_BEGINS = '00:00' as TimeOfDay;
export interface WindowDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly familiesPerSecond?: number | undefined;
}

/** Drafts a window. One read of the school and its classes, one write. The same id and content again answers the first. */
export function createWindow(deps: WindowDeps) {
  return async (input: ParsedOf<Routes['createWindow']>, _actor: Actor): Promise<ReplyOf<Routes['createWindow']>> => {
    const { table } = deps;
    refuseWrongHours(input, deps.clock);
    const school = await table.mustGet(keys.organisation(input.schoolId), Organisation);
    refuseBegun(await readOfferings(table, input), input);
    const window: Window = {
      ...input,
      lottery: unsealed(input.lottery),
      offeringIds: [...new Set(input.offeringIds)],
      schoolName: school.name,
      status: 'draft',
      version: 1,
    };
    try {
      await table.write([create(keys.window(window.windowId), windowItem(window))]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const known = Window.parse(error.items.get(0));
      if (known.schoolId !== window.schoolId || JSON.stringify(known) !== JSON.stringify(Window.parse(window)))
        throw new DomainError('request.id_reused');
      return known;
    }
    return window;
  };
}

/**
 * A draft may change altogether; a published or open window its hours and its note. New hours are the next version: its
 * state machine takes over, the older one finds itself stale.
 */
export function changeWindow(deps: WindowDeps) {
  return async (input: ParsedOf<Routes['changeWindow']>, actor: Actor): Promise<ReplyOf<Routes['changeWindow']>> => {
    const { table, clock } = deps;
    const window = await mustHaveWindow(table, input);
    if (window.status === 'draft') {
      refuseWrongHours(input, clock);
      // What is not in the input is not in the draft any more.
      refuseBegun(await readOfferings(table, input), input);
      const { note, waitingList, gradeOpenings, underSize } = input;
      const changed = {
        ...window,
        ...input,
        note,
        waitingList,
        gradeOpenings,
        underSize,
        lottery: unsealed(input.lottery),
        version: window.version + 1,
      };
      await replace(table, window, changed);
      // A publication that broke off may have claimed classes that are not in the list any more.
      await releaseOfferings(table, { ...window, offeringIds: window.offeringIds.filter((id) => !changed.offeringIds.includes(id)) });
      return changed;
    }
    if (window.status !== 'published' && window.status !== 'open') throw new DomainError('window.not_editable', { status: window.status });
    refuseOtherChange(window, input);
    const now = clock.now();
    // Once open, the opening is history; what is closed stays closed: a window is never reopened in silence.
    const opensAt = window.status === 'open' ? window.opensAt : input.opensAt;
    if (
      ms(input.closesAt) <= ms(now) ||
      ms(input.closesAt) <= ms(opensAt) ||
      (window.status === 'published' && ms(opensAt) < ms(now) && opensAt !== window.opensAt)
    ) {
      throw new DomainError('window.wrong_hours');
    }
    if (ms(now) >= ms(window.closesAt)) throw new DomainError('window.not_editable', { status: 'closed' });
    refuseLotteryChange(window, { ...input, opensAt }, ms(now) >= ms(window.opensAt));
    // A close that stays was judged when it was said, by the rules of that day.
    if (input.closesAt !== window.closesAt) refuseWrongLottery({ ...window, opensAt, closesAt: input.closesAt });
    const { gradeOpenings } = input;
    refuseWrongOpenings({ ...window, opensAt, closesAt: input.closesAt, gradeOpenings });
    refuseOpened(window, { opensAt, gradeOpenings }, now);
    const offerings = await readOfferings(table, window);
    refuseBegun(offerings, { ...window, closesAt: input.closesAt });
    const moved: Window = { ...window, opensAt, closesAt: input.closesAt, gradeOpenings, note: input.note, version: window.version + 1 };
    const isEarlier = ms(moved.closesAt) < ms(window.closesAt);
    // Once it has opened families have their turns, and keep them.
    const isBegun = ms(now) >= ms(window.opensAt);
    const noticed = earliestNoticedClose(window, now);
    if (isBegun && ms(moved.closesAt) < ms(noticed)) throw new DomainError('window.close_notice', { earliest: noticed });
    const earliest = isBegun && isEarlier ? earliestClose(window) : undefined;
    if (earliest && ms(moved.closesAt) < ms(earliest)) throw new DomainError('window.turns_to_come', { earliest });
    const isAnew = !isBegun && (isEarlier || openingsKey(moved) !== openingsKey(window));
    const changed = isAnew ? await withAdmission(table, moved, offerings, deps.familiesPerSecond) : moved;
    await replace(table, window, changed, [
      auditWrite({
        organisationId: window.schoolId,
        at: now,
        actor,
        action: 'window.hours-changed',
        subject: window.windowId,
        details: {
          from: [window.opensAt, window.closesAt],
          to: [changed.opensAt, changed.closesAt],
          gradeOpenings: { before: openingsText(window), after: openingsText(changed) },
        },
      }),
    ]);
    await applyHours(table, changed);
    return changed;
  };
}

/** What families have read is not changed behind them: only hours and note are. */
function refuseOtherChange(window: Window, input: ParsedOf<Routes['changeWindow']>): void {
  const fixed = ({ name, termId, offeringIds, waitingList, underSize }: Omit<ParsedOf<Routes['changeWindow']>, 'schoolId'>) =>
    JSON.stringify([name, termId, [...new Set(offeringIds)].sort(), waitingList?.offerMinutes, underSize?.askHours]);
  if (fixed(window) !== fixed(input)) throw new DomainError('window.not_editable', { status: window.status });
}

/** Shows a window to parents. Seats and cards first, each once; the word `published` last: a crash on the way is finished by asking again. */
export function publishWindow(deps: WindowDeps) {
  return async (input: ParsedOf<Routes['publishWindow']>, actor: Actor): Promise<ReplyOf<Routes['publishWindow']>> => {
    const { table, clock } = deps;
    const window = await mustHaveWindow(table, input);
    if (window.status === 'published' || window.status === 'open') return window;
    if (window.status !== 'draft') throw new DomainError('window.not_editable', { status: window.status });
    refuseWrongHours(window, clock);
    const offerings = await readOfferings(table, window);
    refuseBegun(offerings, window);
    for (const { flag, offeringId, courseName } of offerings) {
      if (flag) throw new DomainError('window.class_flagged', { offeringId, courseName });
    }
    for (const offering of offerings) {
      await openOffering(table, offering, window);
      await claimOffering(table, offering, window);
    }
    await applyHours(table, window);
    const counted = await withAdmission(table, window, offerings, deps.familiesPerSecond);
    const published: Window = { ...(await sealed(table, counted)), status: 'published' };
    await replace(table, window, published, [
      auditWrite({
        organisationId: window.schoolId,
        at: clock.now(),
        actor,
        action: 'window.published',
        subject: window.windowId,
        details: {},
      }),
    ]);
    return published;
  };
}

/** Takes back a window that has not opened. Its classes may go into another. */
export function withdrawWindow(deps: WindowDeps) {
  return async (input: ParsedOf<Routes['withdrawWindow']>, actor: Actor): Promise<ReplyOf<Routes['withdrawWindow']>> => {
    const { table, clock } = deps;
    const window = await mustHaveWindow(table, input);
    if (window.status !== 'withdrawn') {
      if ((window.status !== 'draft' && window.status !== 'published') || ms(clock.now()) >= ms(window.opensAt)) {
        throw new DomainError('window.not_editable', { status: window.status });
      }
      await replace(table, window, { ...window, status: 'withdrawn', version: window.version + 1 }, [
        auditWrite({
          organisationId: window.schoolId,
          at: clock.now(),
          actor,
          action: 'window.withdrawn',
          subject: window.windowId,
          details: {},
        }),
      ]);
    }
    await releaseOfferings(table, window);
    return { ...window, status: 'withdrawn' };
  };
}

/** A class of a withdrawn window is free for another; only what still belongs to this window is touched. */
async function releaseOfferings(table: Table, window: Window): Promise<void> {
  const mine = { expression: '#windowId = :mine', values: { mine: window.windowId } };
  for (const offeringId of window.offeringIds) {
    await table.tryWrite([{ op: 'delete', key: keys.seat(offeringId), condition: mine }]);
    await table.tryWrite([set(keys.offering(offeringId), { windowId: undefined, status: 'draft' }, { condition: mine })]);
  }
}

async function claimOffering(table: Table, offering: Offering, window: Window): Promise<void> {
  try {
    await table.write([
      set(
        keys.offering(offering.offeringId),
        { windowId: window.windowId, status: 'published' },
        {
          condition: {
            // Flagged since it was read: its course or instructor may not be sold any more (B5).
            // Removed since: nothing is made of it.
            expression: 'attribute_exists(PK) AND attribute_not_exists(#flag) AND (attribute_not_exists(#windowId) OR #windowId = :mine)',
            values: { mine: window.windowId },
          },
        },
      ),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw new DomainError('window.class_elsewhere', { offeringId: offering.offeringId });
    throw error;
  }
}

export async function mustHaveWindow(table: Table, input: { schoolId: string; windowId: string }): Promise<Window> {
  const window = await table.mustGet(keys.window(input.windowId), Window);
  if (window.schoolId !== input.schoolId) throw new DomainError('request.not_found');
  return window;
}

async function readOfferings(
  table: Table,
  window: Pick<Window, 'offeringIds' | 'windowId' | 'termId'> & { schoolId: string },
): Promise<Offering[]> {
  const offerings = await table.getMany(
    window.offeringIds.map((offeringId) => keys.offering(offeringId)),
    Offering,
  );
  for (const [index, offering] of offerings.entries()) {
    const fits =
      offering &&
      offering.schoolId === window.schoolId &&
      offering.termId === window.termId &&
      offering.status !== 'cancelled' &&
      (offering.windowId === undefined || offering.windowId === window.windowId);
    if (!fits) throw new DomainError('window.class_elsewhere', { offeringId: window.offeringIds[index] });
  }
  return offerings.filter((offering) => offering !== undefined);
}

/**
 * A class is sold whole, and whether it runs is settled before it begins: the last hold must have run out before the day of its
 * first session.
 */
function refuseBegun(offerings: readonly Offering[], window: Pick<Window, 'closesAt' | 'lottery'>): void {
  const settled = ms(addMinutes(lastHoldAt(window), SETTLE_MARGIN_MINUTES));
  for (const { firstSessionDate, offeringId, courseName } of offerings) {
    if (firstSessionDate && settled > ms(chinaInstant(firstSessionDate, DAY_BEGINS)))
      throw new DomainError('window.class_begins', { offeringId, courseName, firstSessionDate });
  }
}

type Openings = Pick<Window, 'opensAt' | 'gradeOpenings'>;

function refuseWrongOpenings(window: Openings & Pick<Window, 'closesAt' | 'lottery'>): void {
  if (wrongGradeOpenings(window)) throw new DomainError('window.wrong_openings');
}

/** A grade that has begun goes on; one that has not may begin earlier or later, never in the past. */
function refuseOpened(before: Openings, after: Openings, now: Instant): void {
  for (let grade = 1; grade <= GRADE_MAX; grade++) {
    const was = asOpenTo(before, grade).opensAt;
    const is = asOpenTo(after, grade).opensAt;
    if (was !== is && (ms(was) <= ms(now) || ms(is) < ms(now))) throw new DomainError('window.wrong_openings');
  }
}

const openingsKey = (window: Openings): string => `${window.opensAt} ${openingsText(window) ?? ''}`;

/** `1,2=2026-09-01T12:00:00.000Z`: one line for the audit trail, the same whatever order it was said in. */
export function openingsText({ gradeOpenings = [] }: Pick<Window, 'gradeOpenings'>): string | undefined {
  const lines = gradeOpenings.map(({ grades, opensAt }) => `${[...grades].sort((a, b) => a - b).join(',')}=${opensAt}`);
  return lines.length > 0 ? lines.sort().join(' ') : undefined;
}

function refuseWrongHours(hours: Pick<Window, 'opensAt' | 'closesAt' | 'lottery' | 'gradeOpenings'>, clock: Clock): void {
  if (ms(hours.opensAt) < ms(clock.now()) || ms(hours.closesAt) <= ms(hours.opensAt)) throw new DomainError('window.wrong_hours');
  refuseWrongLottery(hours);
  refuseWrongOpenings(hours);
}

/** Replaces a window as it was read; someone else's change in between is a conflict to look at again. */
export async function replace(table: Table, before: Window, after: Window, also: readonly Write[] = []): Promise<void> {
  const condition = { expression: '#version = :version AND #status = :status', values: { version: before.version, status: before.status } };
  try {
    await table.write([put(keys.window(after.windowId), windowItem(after), { condition }), ...also]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw new DomainError('request.changed');
    throw error;
  }
}
