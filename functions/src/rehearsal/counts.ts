/** What a rehearsal's report is made of, counted while it is played. */
import { openPlaces } from '@kehou/shared/offering/offering';
import type { RehearsalReport, RehearsedClass } from '@kehou/shared/selection/rehearsal';
import { modeOf } from '@kehou/shared/selection/window';
import { keys } from '../platform/keys.ts';
import type { WindowCopy } from './copy-window.ts';
import type { Child, Place } from './parents.ts';
import type { Measures, Stage } from './stage.ts';

type Counted = { -readonly [Name in keyof RehearsedClass]: RehearsedClass[Name] };

export class Counts {
  private readonly classes: Map<string, Counted>;
  private readonly copy: WindowCopy;
  private readonly children: readonly Child[];
  private readonly refused = new Map<string, number>();
  private opensMs: number | undefined;
  private readonly left = new Map<string, number>();

  constructor(copy: WindowCopy, children: readonly Child[]) {
    this.copy = copy;
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

  /** Who comes first is served from here on; `left`: places of each class that are there for them, where it is not all of them. */
  opens(atMs: number, left?: ReadonlyMap<string, number>): void {
    this.opensMs = atMs;
    for (const [offeringId, { capacity }] of this.classes) this.left.set(offeringId, left ? (left.get(offeringId) ?? 0) : capacity);
  }

  tried(offeringId: string, refused: string | undefined): void {
    const each = this.of(offeringId);
    each.tries++;
    if (refused === undefined) each.seated++;
    else this.notTaken(refused);
  }

  notTaken(reason: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }

  holders(offeringId: string, holders: number, nowMs: number): void {
    const each = this.of(offeringId);
    if (this.opensMs === undefined || !this.left.get(offeringId) || holders < each.capacity) return;
    each.fullAfterMs ??= Math.max(0, Math.round(nowMs - this.opensMs));
  }

  /** Every winner has their place now. */
  drawn(): void {
    for (const each of this.classes.values()) each.drawn = 0;
    for (const { offeringId } of this.placesBy('draw')) {
      const each = this.of(offeringId);
      each.drawn = (each.drawn ?? 0) + 1;
    }
  }

  /** The report without its verdict. `measures`: of the hours in which it mattered; `entries`: children whose wishes were taken in. */
  counted(
    stage: Stage,
    measures: Measures,
    entries: number,
  ): Omit<RehearsalReport, 'go' | 'findings' | 'seed' | 'parents' | 'windowVersion'> {
    let taken = 0;
    for (const item of stage.memory.items()) {
      if (item.enrolmentId?.S && item.SK?.S?.startsWith('ENROLMENT#') && item.status?.S === 'confirmed') {
        this.of(item.offeringId?.S ?? '').confirmed++;
        taken++;
      }
    }
    const classes = [...this.classes.values()];
    const sum = (of: (each: RehearsedClass) => number) => classes.reduce((total, each) => total + of(each), 0);
    const places = this.children.flatMap((child) => child.places);
    const [paid, late] = [places.filter((each) => each.paid === 'in-time').length, places.filter((each) => each.paid === 'late').length];
    const placed = this.children.filter((child) => child.places.length > 0).length;
    const wanting = this.children.filter(({ wishes }) => wishes.length > 0).length;
    const left = this.opensMs === undefined ? sum(({ capacity }) => capacity) - taken : [...this.left.values()].reduce((a, b) => a + b, 0);
    const draw = this.copy.window.lottery && {
      entries,
      won: this.children.filter((child) => child.places.some(({ by }) => by === 'draw')).length,
      places: sum((each) => each.drawn ?? 0),
      handedOn: this.placesBy('offer').filter((place) => place.paid === 'in-time').length,
      left,
    };
    return {
      mode: modeOf(this.copy.window),
      classes,
      tries: sum(({ tries }) => tries),
      seated: sum(({ seated }) => seated),
      refused: [...this.refused].sort(([, one], [, other]) => other - one).map(([reason, count]) => ({ reason, count })),
      waits: waitsOf(measures.waitsMs),
      children: { placed, emptyHanded: wanting - placed },
      ...(draw ? { draw } : {}),
      payments: { paid, late, lapsed: places.length - paid - late },
      hottest: hottestOf(measures, this.copy),
      busiest: { requestsPerSecond: measures.requestsPerSecondMost, containers: measures.containers },
    };
  }

  private placesBy(by: Place['by']): Place[] {
    return this.children.flatMap((child) => child.places.filter((place) => place.by === by));
  }

  private of(offeringId: string): Counted {
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

function hottestOf({ hottest, throttles }: Measures, { offerings }: WindowCopy): RehearsalReport['hottest'] {
  const [most] = offerings
    .map(({ offeringId, courseName }) => ({ courseName, writesPerSecond: hottest.get(keys.seat(offeringId).PK) ?? 0 }))
    .sort((one, other) => other.writesPerSecond - one.writesPerSecond);
  return { ...(most ?? { courseName: '', writesPerSecond: 0 }), throttled: throttles };
}
