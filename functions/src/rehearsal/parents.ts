/**
 * The made-up parents of a rehearsal: most are there before the doors open, each has a list of wishes for their child, taps, is refused,
 * goes on to the next; most pay, some let the place lapse, with some the money comes too late.
 */
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import type { Pupil } from '@kehou/shared/school/school';
import { ClassPage } from '@kehou/shared/selection/window';
import { gradesOf, type WindowCopy } from './copy-window.ts';
import { Draws } from './draws.ts';
import type { Outcome, Stage } from './stage.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What is assumed about people; shares of a hundred are shares of one here. */
const EARLY = 0.65;
const EARLY_MINUTES = 5;
const AT_ONCE = 0.25;
const AT_ONCE_SECONDS = 60;
const LATE_MINUTES = 10;
const CLOCKS_DIFFER_MS = 1000;
const REACTION_MS = 1500;
const NEXT_WISH_MS = 2500;
export const WISHES = 4;
const WANTS_TWO = 0.4;
const LAPSES = 0.06;
const PAYS_LATE = 0.02;
/** How much more the first of the list is wanted than the n-th: n to this power. */
const POPULARITY = 0.9;
const TRIES_A_WISH = 4;
const PAGE_TRIES = 3;

/** A place that a child was given, and what became of it; `undefined`: it was let go, or is not paid for yet. */
export interface Place {
  readonly enrolmentId: Id<'enrolment'>;
  readonly offeringId: Id<'offering'>;
  readonly holdUntil: Instant;
  readonly by: 'hand' | 'draw' | 'offer';
  paid?: 'in-time' | 'late';
}

export interface Child {
  readonly pupil: Pupil;
  readonly actor: Actor;
  readonly draws: Draws;
  readonly wishes: readonly Offering[];
  /** What it would take rather than nothing, the best first. */
  readonly others: readonly Offering[];
  readonly wants: number;
  readonly pays: 'in-time' | 'late' | 'never';
  readonly places: Place[];
}

export interface Wanted {
  readonly parents: number;
  readonly seed: number;
  readonly favourites: readonly string[];
}

/** Children with their parents and wishes: grades as on the roster, wishes by a law of popularity that the seed fills in. */
export function makeChildren(copy: WindowCopy, { parents, seed, favourites }: Wanted): Child[] {
  const ofAll = new Draws(seed, 0);
  const rank = ranked(copy.offerings, favourites, ofAll);
  const grades = [...gradesOf(copy)].sort(([one], [other]) => one - other);
  const onRoster = grades.reduce((sum, [, count]) => sum + count, 0);
  const gradeOf = (share: number) => {
    let left = share * onRoster;
    for (const [grade, count] of grades) {
      left -= count;
      if (left < 0) return grade;
    }
    return grades.at(-1)?.[0] ?? 1;
  };
  return Array.from({ length: parents }, (_, index): Child => {
    const draws = new Draws(seed, index + 1);
    const grade = gradeOf(draws.share());
    const open = copy.offerings.filter((offering) => offering.grades.includes(grade));
    const pupilId = `pup_${draws.ulid()}` as Id<'pupil'>;
    const { schoolId } = copy.window;
    const how = draws.share();
    const liked = draws.weighed(open, (offering) => 1 / (rank.get(offering.offeringId) ?? 1) ** POPULARITY, open.length);
    return {
      pupil: { pupilId, schoolId, pupilNumber: `演练${String(index).padStart(4, '0')}`, name: `演练${index}`, grade, className: '演练班' },
      actor: {
        personId: `per_${draws.ulid()}`,
        memberships: [],
        children: [{ pupilId, schoolId, grade }],
        requestId: `rehearsal-${index}`,
      },
      draws,
      wishes: liked.slice(0, WISHES),
      others: liked.slice(WISHES),
      wants: draws.chance(WANTS_TWO) ? 2 : 1,
      pays: how < LAPSES ? 'never' : how < LAPSES + PAYS_LATE ? 'late' : 'in-time',
      places: [],
    };
  });
}

/** What the school expects to be wanted most comes first; the others in an order that the seed draws. */
function ranked(offerings: readonly Offering[], favourites: readonly string[], draws: Draws): ReadonlyMap<string, number> {
  const drawn = draws.weighed(offerings, () => 1, offerings.length).map(({ offeringId }) => offeringId as string);
  const first = favourites.filter((id) => drawn.includes(id));
  return new Map([...new Set([...first, ...drawn])].map((id, index) => [id, index + 1]));
}

/** How a parent gets on with the product: looks at the page, asks for a place, pays. */
export class Family {
  private readonly time: VirtualTime;
  private readonly stage: Stage;
  private readonly windowId: Id<'window'>;

  constructor(time: VirtualTime, stage: Stage, { window }: WindowCopy) {
    this.time = time;
    this.stage = stage;
    this.windowId = window.windowId;
  }

  /** The class page; `undefined`: it would not open. */
  async open({ draws, pupil, actor }: Child): Promise<ClassPage | undefined> {
    for (let tries = 0; tries < PAGE_TRIES; tries++) {
      const outcome = await this.stage.request(draws, ({ useCases }) =>
        useCases.getClassPage({ pupilId: pupil.pupilId, windowId: this.windowId }, actor),
      );
      if ('answer' in outcome) return ClassPage.parse(outcome.answer);
      await this.time.sleep(draws.around(NEXT_WISH_MS, 0.5));
    }
    return undefined;
  }

  async seeSeats({ draws, actor }: Child): Promise<void> {
    await this.stage.request(draws, ({ useCases }) => useCases.getSeats({ windowId: this.windowId }, actor));
  }

  /** Ranks the child's wishes; answers why they were not taken in. */
  async wish({ draws, pupil, actor, wishes }: Child): Promise<string | undefined> {
    const input = {
      pupilId: pupil.pupilId,
      windowId: this.windowId,
      offeringIds: wishes.map(({ offeringId }) => offeringId),
      together: [],
    };
    const outcome = await this.persistently(draws, ({ useCases }) => useCases.submitChoices(input, actor));
    return 'refused' in outcome ? outcome.refused : undefined;
  }

  /** Asks for a place, again under the same number where the answer was no answer. */
  async take(child: Child, { offeringId }: Offering, turn: string | undefined, tried: Tried): Promise<void> {
    const { draws, pupil, actor } = child;
    const enrolmentId = `enr_${draws.ulid()}` as Id<'enrolment'>;
    const input = { pupilId: pupil.pupilId, enrolmentId, offeringId, windowId: this.windowId, turn };
    for (let tries = 0; tries < TRIES_A_WISH; tries++) {
      const outcome = await this.stage.request(draws, ({ useCases }) => useCases.takeSeat(input, actor));
      tried(offeringId, 'refused' in outcome ? outcome.refused : undefined);
      if ('answer' in outcome) {
        child.places.push({ enrolmentId, offeringId, holdUntil: outcome.answer.holdUntil as Instant, by: 'hand' });
        return;
      }
      const { opensAt } = outcome.details;
      if (outcome.refused === 'selection.not_open' && typeof opensAt === 'string') {
        // It is another grade's turn first: the page counts down to this one's.
        await this.time.sleepUntil(ms(opensAt as Instant) + draws.around(REACTION_MS, 0.5));
      } else if (outcome.refused === 'request.busy') await this.time.sleep(draws.around(NEXT_WISH_MS, 0.5));
      else return;
    }
  }

  /** Pays for places in one order: in time, when the time is over, or never. */
  async pay({ draws, pupil, actor, pays }: Child, places: readonly Place[]): Promise<void> {
    if (pays === 'never' || places.length === 0) return;
    await this.time.sleep(draws.around(40_000, 0.6));
    const orderId = `ord_${draws.ulid()}` as Id<'order'>;
    const lines = places.map(({ enrolmentId }) => ({ pupilId: pupil.pupilId, enrolmentId, withMaterialPack: false }));
    const order = await this.persistently(draws, ({ useCases }) => useCases.placeOrder({ orderId, lines }, actor));
    if ('refused' in order) return;
    const started = await this.persistently(draws, ({ useCases }) => useCases.startPayment({ orderId, provider: 'wechat' }, actor));
    if ('refused' in started) return;
    if (started.answer.status === 'paid') {
      for (const place of places) place.paid = 'in-time';
      return;
    }
    const { paymentId } = started.answer;
    if (pays === 'late') {
      const overMs = Math.min(...places.map(({ holdUntil }) => ms(holdUntil)));
      await this.time.sleepUntil(overMs + draws.between(2, 8) * 60_000);
    } else await this.time.sleep(draws.around(25_000, 0.6));
    const payment = this.stage.cashier.pay(paymentId, pays === 'late');
    if (!payment) return;
    for (const place of places) place.paid = pays;
    const body = JSON.stringify({ kind: 'payment', paymentId, payment });
    await this.persistently(draws, ({ useCases }) => useCases.wechatPayNotice({ headers: {}, body }, actor));
  }

  private async persistently<T>(draws: Draws, work: Parameters<typeof this.stage.request<T>>[1]): Promise<Outcome<T>> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.stage.request(draws, work);
      if ('answer' in outcome || outcome.refused !== 'request.busy' || tries >= TRIES_A_WISH) return outcome;
      await this.time.sleep(draws.around(NEXT_WISH_MS, 0.5));
    }
  }
}

/** Told of every try for a place, with why it was refused. */
export type Tried = (offeringId: string, refused: string | undefined) => void;

/** The hours in which places go to who comes first: those of the window, or those after its draw. */
export class Evening {
  private readonly time: VirtualTime;
  private readonly family: Family;
  private readonly opensMs: number;
  private readonly tried: Tried;
  /** What a child goes for, as its page shows the classes; absent page: it would not open. */
  private readonly goesFor: (child: Child, page: ClassPage | undefined) => readonly Offering[];

  constructor(time: VirtualTime, family: Family, opensMs: number, tried: Tried, goesFor: Evening['goesFor']) {
    this.time = time;
    this.family = family;
    this.opensMs = opensMs;
    this.tried = tried;
    this.goesFor = goesFor;
  }

  /** One parent's evening. `onChosen`: they have what they wanted, or nothing is left to try. */
  async live(child: Child, onChosen: () => void): Promise<void> {
    const { draws } = child;
    const when = draws.share();
    const lateMs = when < EARLY + AT_ONCE ? draws.between(0, AT_ONCE_SECONDS * 1000) : draws.between(0, LATE_MINUTES * 60_000);
    const arrivesMs = when < EARLY ? this.opensMs - draws.between(1000, EARLY_MINUTES * 60_000) : this.opensMs + lateMs;
    await this.time.sleepUntil(arrivesMs);
    const page = await this.family.open(child);
    const fromMs = page?.turn ? ms(page.turn.admitAt) : this.opensMs;
    if (arrivesMs < fromMs) {
      // Phones' clocks differ.
      await this.time.sleepUntil(fromMs + draws.between(0, CLOCKS_DIFFER_MS));
      // The page shows the seats anew as the countdown ends.
      await this.family.seeSeats(child);
    }
    await this.time.sleep(draws.around(REACTION_MS, 0.5));
    for (const wish of this.goesFor(child, page)) {
      if (child.places.length >= child.wants) break;
      await this.family.take(child, wish, page?.turn?.token, this.tried);
      await this.time.sleep(draws.around(NEXT_WISH_MS, 0.5));
    }
    onChosen();
    await this.family.pay(
      child,
      child.places.filter(({ by }) => by === 'hand'),
    );
  }
}
