/**
 * Plays a window in virtual time, on a copy in memory: the real use cases take, refuse, sell and clear away; parents, cashier and the
 * minutes are made up. The same copy and seed give the same report. Nothing of it reaches the real table, and nobody is told.
 */
import { addMinutes, ms } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { judgeRehearsal, type RehearsalReport } from '@kehou/shared/selection/rehearsal';
import { asOpenTo } from '@kehou/shared/selection/rules';
import type { ClassPage, Window } from '@kehou/shared/selection/window';
import { continueLatePayment } from '../billing/apply-payment.ts';
import { enrolmentIsDue, orderIsDue } from '../billing/close-order.ts';
import { refundIsDue } from '../billing/tasks.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put, type Write } from '../platform/table.ts';
import { settingsWrite } from '../school/settings.repository.ts';
import { admissionFor, FAMILIES_PER_SECOND } from '../selection/admission.ts';
import { OFFER_MINUTES } from '../selection/allot-draw.ts';
import { waitingListIsDue } from '../selection/offer-places.ts';
import { reconcileWindow } from '../selection/tasks.ts';
import { openOffering } from '../selection/window.repository.ts';
import type { DueHandlers } from '../use-cases.ts';
import type { WindowCopy } from './copy-window.ts';
import { Counts } from './counts.ts';
import { Draws } from './draws.ts';
import { Followers, givenBy, holdersIn } from './followers.ts';
import { drawLots, payForDrawn, remainderOf, sealedBy, wishInTime } from './lottery.ts';
import { type Child, Evening, Family, makeChildren, type Place, type Wanted, WISHES } from './parents.ts';
import { type Measures, Stage } from './stage.ts';
import { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
const BEFORE_MINUTES = 6;
/** By then every hold has run out, and what was paid late has been dealt with. */
const AFTER_MINUTES = 45;
/** Between the hours of a rush nothing is urgent. */
const SELDOM_MS = 10 * MINUTE_MS;
/** Who hears that a place is offered takes it after so long, half of them sooner. */
const ANSWERS_OFFER_MS = 20 * MINUTE_MS;
const WRITES_MAX = 100;
const PERCENT_CHOOSING = 80;
/** Those who draw by the seed and are no parents. */
const [SWEEPER, FOLLOWERS, DRAW, GROUND] = [-1, -2, -3, -4] as const;

export interface RehearseOptions {
  /** The sweeper over a platform and what falls due: it belongs to the entry points. */
  readonly sweep: (platform: Platform, due: DueHandlers) => () => Promise<unknown>;
  /** What the deployment lets in, where it says so. */
  readonly familiesPerSecond?: number | undefined;
  /** Told of every tenth of a hundred. */
  readonly onProgress?: (percent: number) => Promise<void>;
}

export async function rehearse(copy: WindowCopy, wanted: Wanted, options: RehearseOptions): Promise<RehearsalReport> {
  const time = new VirtualTime(addMinutes(copy.window.opensAt, -BEFORE_MINUTES));
  const play = new Play(time, copy, wanted, options);
  await play.layGround();
  time.spawn(() => (copy.window.lottery ? play.lottery() : play.firstCome()));
  let told = 0;
  await time.run(async (nowMs) => {
    const percent = play.percentAt(nowMs);
    if (percent < told + 10 || percent >= 100) return;
    told = percent - (percent % 10);
    await options.onProgress?.(told);
  });
  return judgeRehearsal({ seed: wanted.seed, parents: wanted.parents, windowVersion: copy.window.version, ...play.counted() });
}

/** One window that is played from the doors' opening to the last money. */
class Play {
  private readonly time: VirtualTime;
  private readonly copy: WindowCopy;
  private readonly seed: number;
  private readonly options: RehearseOptions;
  private readonly stage: Stage;
  private readonly children: readonly Child[];
  private readonly family: Family;
  private readonly counts: Counts;
  /** Whose requests the report's waits are of. */
  private measures: Measures;
  private window: Window;
  private entries = 0;
  private chosen = 0;
  private last: { readonly fromMs: number; readonly untilMs: number } | undefined;

  constructor(time: VirtualTime, copy: WindowCopy, wanted: Wanted, options: RehearseOptions) {
    this.time = time;
    this.copy = copy;
    this.seed = wanted.seed;
    this.options = options;
    this.stage = new Stage(time);
    this.measures = this.stage.measures;
    this.children = makeChildren(copy, wanted);
    this.family = new Family(time, this.stage, copy);
    this.counts = new Counts(copy, this.children);
    this.window = copy.window;
    const byId = new Map(this.children.map((child) => [child.pupil.pupilId as string, child]));
    const followers = new Followers(time, this.stage, this.platformOf(FOLLOWERS));
    this.stage.onChange = (change) => {
      const seat = holdersIn(change);
      if (seat) {
        this.counts.holders(seat.offeringId, seat.holders, time.milliseconds);
        followers.seatChanged(change);
      }
      const given = givenBy(change);
      const child = given && byId.get(given.pupilId);
      if (!child) return;
      child.places.push(given.place);
      if (given.place.by === 'offer') time.spawn(() => this.answerOffer(child, given.place));
    };
  }

  async layGround(): Promise<void> {
    this.window = await layGround(this.stage, this.copy, this.children, new Draws(this.seed, GROUND), this.options.familiesPerSecond);
  }

  async firstCome(): Promise<void> {
    const { opensAt, gradeOpenings = [] } = this.window;
    const lastMs = Math.max(...[opensAt, ...gradeOpenings.map((opening) => opening.opensAt)].map(ms));
    await this.rush(ms(opensAt), lastMs, this.children, (child) => child.wishes);
  }

  async lottery(): Promise<void> {
    const { time, family, window, counts, stage } = this;
    await Promise.all(
      this.children.map(async (child) => {
        const refused = await wishInTime(time, family, window, child);
        if (refused) counts.notTaken(refused);
        else if (child.wishes.length > 0) this.entries++;
        this.chosen++;
      }),
    );
    await time.sleepUntil(ms(window.closesAt));
    stage.measureAnew();
    await drawLots(time, this.platformOf(DRAW), window);
    counts.drawn();
    for (const child of this.children) time.spawn(() => payForDrawn(time, family, window, child));
    const rest = await remainderOf(stage, window.windowId);
    if (!rest) {
      await this.sweep(
        time.milliseconds + ((window.lottery?.payHours ?? 0) * 60 + AFTER_MINUTES) * MINUTE_MS + this.offersMs(),
        SELDOM_MS,
        true,
      );
      return;
    }
    const opensMs = ms(rest.opensAt);
    await this.sweep(opensMs - BEFORE_MINUTES * MINUTE_MS, SELDOM_MS);
    stage.measureAnew();
    this.measures = stage.measures;
    const open = (await remainderOf(stage, window.windowId)) ?? rest;
    // Who has what they want stays at home, and so does who let go what they had won.
    const coming = this.children.filter(({ places, wants, pays }) => places.length < (pays === 'never' ? 1 : wants));
    this.chosen += this.children.length - coming.length;
    await this.rush(opensMs, opensMs, coming, leftOf, open.left);
    await this.sweep(time.milliseconds + this.offersMs(), SELDOM_MS);
  }

  counted() {
    return this.counts.counted(this.stage, this.measures, this.entries);
  }

  /** Four fifths of it are people who choose, the rest is what comes after. */
  percentAt(nowMs: number): number {
    const { lottery } = this.window;
    const people = this.children.length * (lottery?.firstCome ? 2 : 1);
    const { fromMs, untilMs } = this.last ?? { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    const after = nowMs < fromMs ? 0 : Math.min(1, (nowMs - fromMs) / (untilMs - fromMs));
    return Math.floor((this.chosen / people) * PERCENT_CHOOSING + after * (100 - PERCENT_CHOOSING));
  }

  /** Who comes first is served: until every hold of theirs has run out, and what was paid late has been dealt with. */
  private async rush(
    opensMs: number,
    lastMs: number,
    children: readonly Child[],
    goesFor: Evening['goesFor'],
    left?: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { time, counts } = this;
    counts.opens(opensMs, left);
    const evening = new Evening(time, this.family, opensMs, (offeringId, refused) => counts.tried(offeringId, refused), goesFor);
    for (const child of children) time.spawn(() => evening.live(child, () => void this.chosen++));
    await this.sweep(lastMs + AFTER_MINUTES * MINUTE_MS, MINUTE_MS, true);
  }

  /** Somebody who waits hears of a place, and pays for it after a while. */
  private async answerOffer(child: Child, place: Place): Promise<void> {
    await this.time.sleep(child.draws.around(ANSWERS_OFFER_MS, 0.8));
    await this.family.pay(child, [place]);
  }

  /** Offers may be passed on once or twice. */
  private offersMs(): number {
    return 2 * (this.window.waitingList?.offerMinutes ?? OFFER_MINUTES) * MINUTE_MS;
  }

  private async sweep(untilMs: number, everyMs: number, isLast = false): Promise<void> {
    const { time } = this;
    if (isLast) this.last = { fromMs: time.milliseconds, untilMs };
    const platform = this.platformOf(SWEEPER);
    const round = this.options.sweep(platform, {
      WINDOW: reconcileWindow(platform),
      LIST: waitingListIsDue(platform),
      ENROLMENT: enrolmentIsDue(platform),
      ORDER: orderIsDue(platform),
      PAYMENT: continueLatePayment(platform),
      REFUND: refundIsDue(platform),
    });
    while (time.milliseconds < untilMs) {
      await time.sleepUntil(Math.min(untilMs, time.milliseconds + everyMs));
      await round();
    }
  }

  private platformOf(who: number): Platform {
    const draws = new Draws(this.seed, who);
    return this.stage.platformOf(() => draws);
  }
}

/** What a family goes for after the draw: of what its page shows with places, what it likes best. */
function leftOf({ wishes, others }: Child, page: ClassPage | undefined): readonly Offering[] {
  const open = new Set(
    page?.classes.filter(({ notNow }) => notNow === undefined || notNow === 'not-open').map(({ offeringId }) => offeringId),
  );
  return [...wishes, ...others].filter(({ offeringId }) => open.has(offeringId)).slice(0, WISHES);
}

/** The copy, as it would be at the opening: published, its seats empty; and the made-up families. Answers the window. */
async function layGround(
  { ground }: Stage,
  copy: WindowCopy,
  children: readonly Child[],
  draws: Draws,
  familiesPerSecond?: number,
): Promise<Window> {
  const { school, settings, window: real } = copy;
  const offeringIds = copy.offerings.map(({ offeringId }) => offeringId);
  const sealed = real.lottery && sealedBy(draws, real.windowId, real.lottery);
  const admission = admissionOf(real, children, familiesPerSecond);
  const window = { ...real, status: 'open' as const, offeringIds, admission, lottery: sealed?.lottery };
  const writes: Write[] = [
    put(keys.organisation(school.organisationId), school),
    settingsWrite(school.organisationId, settings),
    put(keys.window(window.windowId), window),
    ...(sealed?.writes ?? []),
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
  return window;
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
