/** The school of a simulated run: classes that clash, children and guardians, and what its office does with the window. */
import { Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import type { Pupil } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import type { Admission, WindowInput } from '@kehou/shared/selection/window';
import type * as z from 'zod';
import { holdRoleWrites, PromisedRole } from '../../src/identity/role.repository.ts';
import { sessionItem } from '../../src/offering/offering.repository.ts';
import { keys } from '../../src/platform/keys.ts';
import { put, set } from '../../src/platform/table.ts';
import { settingsWrite } from '../../src/school/settings.repository.ts';
import { sessionsOf } from '../billing-world.ts';
import { OPENING, offeringOf, pupilOf } from '../selection-world.ts';
import { drawLottery, drawSecret, type Receipt } from './lottery.ts';
import { type Simulation, TICK_MS } from './simulation.ts';
import { gradeOpeningsOf, type OpeningsPlan, type Terms } from './terms.ts';

const CLASSES = 12;
const FAMILIES = 40;
const OPEN_MINUTES = 60;
/** What some classes keep places for. */
const PURPOSES = ['校队队员', '教职工子女'] as const;
const PROLONGED_MINUTES = 20;

export interface Family {
  readonly name: string;
  readonly children: readonly Pupil[];
  readonly guardians: readonly Actor[];
}

export interface School {
  readonly schoolId: Offering['schoolId'];
  readonly office: Actor;
  readonly window: z.output<typeof WindowInput>;
  readonly classes: readonly Offering[];
  /** Few want it, and it needs many: it will not run. */
  readonly unloved: Offering;
  readonly families: readonly Family[];
  /** What families were answered for their wishes, by child; in a lottery. */
  readonly receipts: Map<string, Receipt[]>;
  /** When the window closes for good. */
  readonly closesAt: Instant;
  /** How families are let in, reckoned without the product; absent: all may come at once. */
  readonly admission?: Admission | undefined;
  /** What the families were told of their turns: the instants by child, and every token with whose it is; and what they asked for: places by hand, by their ids. */
  readonly turns: {
    readonly admitAt: Map<string, Set<Instant>>;
    readonly tokens: { readonly token: string; readonly family: string }[];
    readonly asked: Set<string>;
  };
}

/** Lays the ground: what other areas have written long before the evening of the selection. */
export async function buildSchool(simulation: Simulation, isLottery: boolean, { openings }: Terms): Promise<School> {
  const { scheduler, ground } = simulation;
  const at = ms(scheduler.now());
  const [schoolId, termId] = [newId('organisation', at), newId('term', at)];
  const windowId = newId('window', at);
  await ground.write([
    put(keys.organisation(schoolId), {
      organisationId: schoolId,
      kind: 'school',
      name: '青山湖实验小学',
      ancestorIds: [],
      area: 'urban',
      stage: 'primary',
    }),
    put(keys.term(schoolId, termId), {
      termId,
      version: 1,
      name: '2026 年秋季学期',
      firstDay: '2026-09-01',
      lastDay: '2027-01-22',
      serviceFirstDay: '2026-09-07',
      serviceLastDay: '2027-01-15',
    }),
    settingsWrite(schoolId, {
      ...defaultSettings,
      trialWeeks: 2,
      refundApproval: { ...defaultSettings.refundApproval, when: scheduler.pick(['after-first-session', 'automatic', 'always'] as const) },
    }),
  ]);
  const classes: Offering[] = [];
  for (let index = 0; index < CLASSES; index++) {
    const capacity = index === 0 ? 6 : scheduler.between(2, 6);
    // One is free of charge: its places are confirmed without a provider.
    const terms = index === 1 ? { feePerSessionFen: 0 } : { withMaterialPack: scheduler.chance(0.3) };
    const wanted = { capacity, smallestSize: index === 0 ? 6 : scheduler.between(1, 2), weekday: (index % 4) + 1, ...terms };
    const { windowId: _, ...made } = offeringOf(schoolId, termId, windowId, wanted, index);
    const second = scheduler.chance(0.2) ? [{ weekday: 5, period: 1 }] : [];
    const offering: Offering = { ...made, offeringId: newId('offering', at), status: 'draft', slots: [...made.slots, ...second] };
    classes.push(offering);
    await ground.write([
      put(keys.offering(offering.offeringId), {
        ...offering,
        fingerprint: 'simulated',
        lastDay: '2027-01-22',
        ...keys.offeringsOfTerm(schoolId, termId, offering.offeringId),
      }),
      ...sessionsOf(offering).map((session) => put(keys.session(offering.offeringId, session.sessionId), sessionItem(session))),
    ]);
  }
  const families: Family[] = [];
  for (let index = 0; index < FAMILIES; index++) families.push(await buildFamily(simulation, schoolId, index, openings));
  const [unloved] = classes;
  if (!unloved) throw new Error('a school has classes');
  const closesAt = addMinutes(OPENING, OPEN_MINUTES);
  // Drawn after everything else: a seed without a lottery is the run that it always was.
  const offerMinutes = scheduler.between(15, 60);
  const lottery = isLottery ? { lottery: drawLottery(scheduler, closesAt) } : {};
  for (const index of [2, 3]) {
    const offering = classes[index];
    if (!offering) throw new Error('a school has classes');
    // More places than it would have, so that as many are there to be taken.
    const purposes = PURPOSES.slice(0, scheduler.between(1, PURPOSES.length));
    const reserved = purposes.map((purpose) => ({ purpose, places: scheduler.between(1, 2) }));
    const capacity = offering.capacity + reserved.reduce((sum, { places }) => sum + places, 0);
    classes[index] = { ...offering, capacity, reserved };
    await ground.write([set(keys.offering(offering.offeringId), { capacity, reserved })]);
  }
  const underSize = scheduler.chance(0.5) ? { underSize: { askHours: scheduler.between(2, 12) } } : {};
  if (isLottery) await ground.write([put(keys.drawSecret(windowId), { secret: drawSecret(scheduler) })]);
  const clerk = newId('person', at);
  const role = {
    organisationId: schoolId,
    role: 'school',
    organisationName: '青山湖实验小学',
    phone: '13800000000',
    name: '教务处',
  } as const;
  await ground.write([
    put(keys.person(clerk), { personId: clerk, openId: `open-${clerk}`, createdAt: scheduler.now() }),
    ...holdRoleWrites(clerk, PromisedRole.parse(role)),
  ]);
  return {
    schoolId,
    office: { personId: clerk, memberships: [{ organisationId: schoolId, role: 'school' }], children: [], requestId: 'office' },
    window: {
      windowId,
      termId,
      name: '2026 年秋季选课',
      opensAt: OPENING,
      closesAt,
      offeringIds: classes.map(({ offeringId }) => offeringId),
      waitingList: { offerMinutes },
      ...lottery,
      ...underSize,
      ...(openings ? { gradeOpenings: gradeOpeningsOf(openings, OPENING) } : {}),
    },
    classes,
    unloved,
    families,
    receipts: new Map(),
    // What families wish for is never prolonged behind them.
    closesAt: isLottery ? closesAt : addMinutes(closesAt, PROLONGED_MINUTES),
    turns: { admitAt: new Map(), tokens: [], asked: new Set() },
  };
}

async function buildFamily(
  { scheduler, ground }: Simulation,
  schoolId: School['schoolId'],
  index: number,
  openings: OpeningsPlan | undefined,
): Promise<Family> {
  const at = ms(scheduler.now());
  const children = Array.from({ length: scheduler.chance(0.3) ? 2 : 1 }, (_, child) => {
    const pupil = pupilOf(schoolId, index * 2 + child);
    return openings ? { ...pupil, grade: openings.gradeOf(index * 2 + child) } : pupil;
  });
  const guardians = Array.from({ length: scheduler.chance(0.4) ? 2 : 1 }, (): Actor => {
    // A session from before the link was made names no children: then the table is asked.
    const named = scheduler.chance(0.8) ? children.map(({ pupilId, grade }) => ({ pupilId, schoolId, grade })) : [];
    return { personId: newId('person', at), memberships: [], children: named, requestId: 'family' };
  });
  await ground.write([
    ...children.map((child) =>
      put(keys.pupil(child.pupilId), { ...child, ...keys.pupilsOfSchool(schoolId, child.grade, child.className, child.pupilNumber) }),
    ),
    ...guardians.flatMap(({ personId }) => [
      put(keys.person(personId), { personId, openId: `open-${personId}`, createdAt: scheduler.now() }),
      ...children.flatMap(({ pupilId, name, grade }) => [
        put(keys.personChild(personId, pupilId), { pupilId, name, grade, schoolId }),
        put(keys.pupilGuardian(pupilId, personId), { pupilId, personId }),
      ]),
    ]),
  ]);
  return { name: `family-${index}`, children, guardians };
}

/** The office: drafts and publishes the window, prolongs its hours once, enlarges a class. Each until it is done. */
export async function runOffice(simulation: Simulation, school: School): Promise<void> {
  const { scheduler } = simulation;
  const { schoolId, office, window } = school;
  const doIt = (what: string, work: Parameters<Simulation['request']>[2]) => until(simulation, what, work);
  await doIt('create window', ({ selection }, requestId) =>
    selection.useCases.createWindow({ ...window, schoolId }, { ...office, requestId }),
  );
  await doIt('publish window', ({ selection }, requestId) =>
    selection.useCases.publishWindow({ schoolId, windowId: window.windowId }, { ...office, requestId }),
  );
  await scheduler.sleepUntil('office', addMinutes(window.opensAt, scheduler.between(5, OPEN_MINUTES - 5)));
  const enlarged = scheduler.pick(school.classes.slice(1));
  // As the area of classes writes it: more places, at a later time.
  await doIt('enlarge class', ({ table }) =>
    table.write([
      set(keys.offering(enlarged.offeringId), {
        capacity: enlarged.capacity + 2,
        updatedAt: instant(Math.max(ms(scheduler.now()), ms(enlarged.updatedAt) + 1)),
      }),
    ]),
  );
  if (window.lottery) return recordValue(simulation, school);
  await scheduler.sleepUntil('office', addMinutes(window.closesAt, -scheduler.between(3, 5)));
  await doIt('prolong window', async ({ selection }, requestId) => {
    await selection.useCases.changeWindow({ ...window, schoolId, closesAt: school.closesAt }, { ...office, requestId });
  });
}

const VALUE = '03,11,17,20,24,31+09';

/** Somebody looks the numbers up, and puts them on record; with a colleague at another desk, who wrote down others, in the same moment. */
async function recordValue(simulation: Simulation, { schoolId, office, window }: School): Promise<void> {
  const { scheduler } = simulation;
  const source = window.lottery?.seedSource;
  if (source?.kind !== 'public') return;
  await scheduler.sleepUntil('office', addMinutes(source.bornAt, scheduler.between(0, 90)));
  for (const [number, value] of [VALUE, scheduler.pick([VALUE, '01,02,03,04,05,06+07'])].entries()) {
    const who = `office.${number}`;
    scheduler.spawn(who, async () => {
      for (;;) {
        const outcome = await simulation.request(who, 'record value', ({ selection }, requestId) =>
          selection.useCases.recordPublicValue({ schoolId, windowId: window.windowId, value }, { ...office, requestId }),
        );
        // The list is not fixed yet, or nobody answered.
        const again = 'broken' in outcome || ('refused' in outcome && outcome.refused === 'lottery.too_early');
        if (!again) return;
        await scheduler.sleep(who, TICK_MS);
      }
    });
  }
}

async function until(simulation: Simulation, what: string, work: Parameters<Simulation['request']>[2]): Promise<void> {
  for (;;) {
    const outcome = await simulation.request('office', what, work);
    if ('answer' in outcome) return;
    if ('refused' in outcome && outcome.refused !== 'request.changed') throw new Error(`the office may not ${what}: ${outcome.refused}`);
    await simulation.scheduler.sleep('office', TICK_MS / 2);
  }
}

function endAbnormal({ payments }: Simulation, refundId: string): void {
  for (const [number, { state }] of payments.refunds) {
    if (number.startsWith(refundId) && state.state === 'abnormal') payments.finishRefund(number);
  }
}

/** Whoever works the refunds that wait for a person: every few hours, to the end. */
export async function runRefundDesk(simulation: Simulation, school: School, end: Instant): Promise<void> {
  const { scheduler } = simulation;
  const { schoolId } = school;
  for (;;) {
    await scheduler.sleep('desk', 4 * 3_600_000);
    if (scheduler.now() >= end) return;
    for (const queue of ['approving', 'attention'] as const) {
      const found = await simulation.request('desk', `list ${queue}`, ({ billing }) =>
        billing.useCases.listRefunds({ schoolId, queue, limit: 50 }, school.office),
      );
      for (const { refundId: id } of 'answer' in found ? found.answer.items : []) {
        const refundId = Id('refund').parse(id);
        const approve = scheduler.chance(0.7);
        const outcome = await simulation.request(
          'desk',
          queue === 'approving' ? 'decide refund' : 'retry refund',
          ({ billing }, requestId) => {
            const actor = { ...school.office, requestId };
            return queue === 'approving'
              ? billing.useCases.decideRefund({ schoolId, refundId, approve, note: '请先和班主任联系' }, actor)
              : billing.useCases.retryRefund({ schoolId, refundId }, actor);
          },
        );
        // Handled on the merchant's platform; the next look finds it paid.
        if ('refused' in outcome && outcome.refused === 'refund.abnormal') endAbnormal(simulation, refundId);
      }
    }
  }
}
