/**
 * Plays a window in virtual time, on a copy in memory: the real use cases take, refuse, sell and clear away; parents, cashier and the
 * minutes are made up. The same copy and seed give the same report. Nothing of it reaches the real table, and nobody is told.
 */
import { addMinutes } from '@kehou/shared/kernel/time';
import { openPlaces } from '@kehou/shared/offering/offering';
import { judgeRehearsal, type RehearsalReport, type RehearsedClass } from '@kehou/shared/selection/rehearsal';
import { asOpenTo } from '@kehou/shared/selection/rules';
import { continueLatePayment } from '../billing/apply-payment.ts';
import { enrolmentIsDue, orderIsDue } from '../billing/close-order.ts';
import { refundIsDue } from '../billing/tasks.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put, type Write } from '../platform/table.ts';
import { settingsWrite } from '../school/settings.repository.ts';
import { admissionFor, FAMILIES_PER_SECOND } from '../selection/admission.ts';
import { reconcileWindow } from '../selection/tasks.ts';
import { openOffering } from '../selection/window.repository.ts';
import type { DueHandlers } from '../use-cases.ts';
import { opensMsOf, type WindowCopy } from './copy-window.ts';
import { Draws } from './draws.ts';
import { type Child, Evening, makeChildren, type Wanted } from './parents.ts';
import { Stage } from './stage.ts';
import { VirtualTime } from './virtual-time.ts';

const BEFORE_MINUTES = 6;
/** By then every hold has run out, and what was paid late has been dealt with. */
const AFTER_MINUTES = 45;
const WRITES_MAX = 100;
const PERCENT_CHOOSING = 80;

export interface RehearseOptions {
  /** The sweeper over a platform and what falls due: it belongs to the entry points. */
  readonly sweep: (platform: Platform, due: DueHandlers) => () => Promise<unknown>;
  /** What the deployment lets in, where it says so. */
  readonly familiesPerSecond?: number | undefined;
  /** Told of every tenth of a hundred. */
  readonly onProgress?: (percent: number) => Promise<void>;
}

export async function rehearse(copy: WindowCopy, wanted: Wanted, options: RehearseOptions): Promise<RehearsalReport> {
  const opensMs = opensMsOf(copy);
  const time = new VirtualTime(addMinutes(copy.window.opensAt, -BEFORE_MINUTES));
  const stage = new Stage(time);
  const children = makeChildren(copy, wanted);
  await layGround(stage, copy, children, options.familiesPerSecond);
  const counts = new Counts(copy, children);
  stage.onHolders = (offeringId, holders) => counts.holders(offeringId, holders, time.milliseconds - opensMs);
  const evening = new Evening(time, stage, copy, (offeringId, refused) => counts.tried(offeringId, refused));
  let chosen = 0;
  for (const child of children) time.spawn(() => evening.live(child, () => void chosen++));
  const endMs = opensMs + AFTER_MINUTES * 60_000;
  time.spawn(() => sweepEveryMinute(time, stage, wanted.seed, endMs, options));
  let told = 0;
  await time.run(async (nowMs) => {
    const after = Math.max(0, (nowMs - opensMs) / (endMs - opensMs)) * (100 - PERCENT_CHOOSING);
    const percent = Math.floor((chosen / children.length) * PERCENT_CHOOSING + Math.min(100 - PERCENT_CHOOSING, after));
    if (percent < told + 10 || percent >= 100) return;
    told = percent - (percent % 10);
    await options.onProgress?.(told);
  });
  return judgeRehearsal({
    seed: wanted.seed,
    parents: wanted.parents,
    windowVersion: copy.window.version,
    ...counts.counted(stage),
    waits: waitsOf(stage.waitsMs),
    hottest: hottestOf(stage, copy),
    busiest: { requestsPerSecond: stage.requestsPerSecondMost, containers: stage.containers },
  });
}

/** The copy, as it would be at the opening: published, its seats empty; and the made-up families. */
async function layGround({ ground }: Stage, copy: WindowCopy, children: readonly Child[], familiesPerSecond?: number): Promise<void> {
  const { school, settings, window: real } = copy;
  const offeringIds = copy.offerings.map(({ offeringId }) => offeringId);
  const window = { ...real, status: 'open' as const, offeringIds, admission: admissionOf(real, children, familiesPerSecond) };
  const writes: Write[] = [
    put(keys.organisation(school.organisationId), school),
    settingsWrite(school.organisationId, settings),
    put(keys.window(window.windowId), window),
  ];
  for (const original of copy.offerings) {
    const offering = { ...original, windowId: window.windowId, status: 'published' as const };
    writes.push(put(keys.offering(offering.offeringId), offering));
    await openOffering(ground, offering, window);
  }
  for (const { pupil, actor } of children) {
    const { personId } = actor;
    writes.push(
      put(keys.pupil(pupil.pupilId), pupil),
      put(keys.person(personId), { personId, openId: `rehearsal-${personId}`, createdAt: window.opensAt }),
      put(keys.personChild(personId, pupil.pupilId), { pupilId: pupil.pupilId, name: pupil.name, schoolId: pupil.schoolId }),
    );
  }
  for (let start = 0; start < writes.length; start += WRITES_MAX) await ground.write(writes.slice(start, start + WRITES_MAX));
}

/** As publishing counts it, for as many families as are made up. */
function admissionOf(window: WindowCopy['window'], children: readonly Child[], familiesPerSecond = FAMILIES_PER_SECOND) {
  const waiting = new Map<string, number>();
  for (const { pupil } of children) {
    const { opensAt } = asOpenTo(window, pupil.grade);
    waiting.set(opensAt, (waiting.get(opensAt) ?? 0) + 1);
  }
  return admissionFor(window, Math.max(0, ...waiting.values()), familiesPerSecond);
}

async function sweepEveryMinute(time: VirtualTime, stage: Stage, seed: number, endMs: number, { sweep }: RehearseOptions): Promise<void> {
  const draws = new Draws(seed, -1);
  const platform = stage.platformOf(() => draws);
  const round = sweep(platform, {
    WINDOW: reconcileWindow(platform),
    ENROLMENT: enrolmentIsDue(platform),
    ORDER: orderIsDue(platform),
    PAYMENT: continueLatePayment(platform),
    REFUND: refundIsDue(platform),
  });
  while (time.milliseconds < endMs) {
    await time.sleep(60_000);
    await round();
  }
}

class Counts {
  private readonly classes: Map<string, { -readonly [Name in keyof RehearsedClass]: RehearsedClass[Name] }>;
  private readonly children: readonly Child[];
  private readonly refused = new Map<string, number>();

  constructor(copy: WindowCopy, children: readonly Child[]) {
    this.children = children;
    this.classes = new Map(
      copy.offerings.map(({ offeringId, courseName, smallestSize, ...places }) => [
        offeringId as string,
        // What is kept for a purpose is nobody's to take.
        { offeringId, courseName, capacity: openPlaces(places), smallestSize, wanted: 0, wantedMost: 0, tries: 0, seated: 0, confirmed: 0 },
      ]),
    );
    for (const { wishes } of children) {
      for (const [index, { offeringId }] of wishes.entries()) {
        const each = this.of(offeringId);
        each.wanted++;
        if (index === 0) each.wantedMost++;
      }
    }
  }

  tried(offeringId: string, refused: string | undefined): void {
    const each = this.of(offeringId);
    each.tries++;
    if (refused === undefined) each.seated++;
    else this.refused.set(refused, (this.refused.get(refused) ?? 0) + 1);
  }

  holders(offeringId: string, holders: number, afterMs: number): void {
    const each = this.of(offeringId);
    if (holders >= each.capacity) each.fullAfterMs ??= Math.max(0, Math.round(afterMs));
  }

  counted(stage: Stage): Pick<RehearsalReport, 'classes' | 'tries' | 'seated' | 'refused' | 'children' | 'payments'> {
    for (const item of stage.memory.items()) {
      if (item.enrolmentId?.S && item.SK?.S?.startsWith('ENROLMENT#') && item.status?.S === 'confirmed')
        this.of(item.offeringId?.S ?? '').confirmed++;
    }
    const classes = [...this.classes.values()];
    const sum = (of: (each: RehearsedClass) => number) => classes.reduce((total, each) => total + of(each), 0);
    const placesOf = (which: (child: Child) => boolean) =>
      this.children.filter(which).reduce((total, { placed }) => total + placed.length, 0);
    const paid = placesOf(({ paidInTime }) => paidInTime);
    const late = placesOf(({ paidInTime, pays }) => !paidInTime && pays === 'late');
    const placed = this.children.filter((child) => child.placed.length > 0).length;
    const wanting = this.children.filter(({ wishes }) => wishes.length > 0).length;
    return {
      classes,
      tries: sum(({ tries }) => tries),
      seated: sum(({ seated }) => seated),
      refused: [...this.refused].sort(([, one], [, other]) => other - one).map(([reason, count]) => ({ reason, count })),
      children: { placed, emptyHanded: wanting - placed },
      payments: { paid, late, lapsed: sum(({ seated }) => seated) - paid - late },
    };
  }

  private of(offeringId: string) {
    const each = this.classes.get(offeringId);
    if (!each) throw new Error(`${offeringId} is not rehearsed`);
    return each;
  }
}

function waitsOf(waitsMs: readonly number[]): RehearsalReport['waits'] {
  const sorted = [...waitsMs].sort((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}

function hottestOf(stage: Stage, { offerings }: WindowCopy): RehearsalReport['hottest'] {
  const [most] = offerings
    .map(({ offeringId, courseName }) => ({ courseName, writesPerSecond: stage.hottest.get(keys.seat(offeringId).PK) ?? 0 }))
    .sort((one, other) => other.writesPerSecond - one.writesPerSecond);
  return { ...(most ?? { courseName: '', writesPerSecond: 0 }), throttled: stage.throttles };
}
