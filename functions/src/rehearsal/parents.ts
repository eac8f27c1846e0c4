/**
 * The made-up parents of a rehearsal: most are there before the doors open, each has a list of wishes for their child, taps, is refused,
 * goes on to the next; most pay, some let the place lapse, with some the money comes too late.
 */
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import type { Pupil } from '@kehou/shared/school/school';
import { ClassPage, HOLD_MINUTES, type Turn } from '@kehou/shared/selection/window';
import { gradesOf, opensMsOf, type WindowCopy } from './copy-window.ts';
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
const WISHES = 4;
const WANTS_TWO = 0.4;
const LAPSES = 0.06;
const PAYS_LATE = 0.02;
/** How much more the first of the list is wanted than the n-th: n to this power. */
const POPULARITY = 0.9;
const TRIES_A_WISH = 4;
const PAGE_TRIES = 3;

export interface Child {
  readonly pupil: Pupil;
  readonly actor: Actor;
  readonly draws: Draws;
  readonly wishes: readonly Offering[];
  readonly wants: number;
  readonly pays: 'in-time' | 'late' | 'never';
  readonly placed: { readonly enrolmentId: Id<'enrolment'>; readonly offeringId: Id<'offering'>; readonly holdUntil: Instant }[];
  /** What paid, if it has been asked for: a place that was paid in time. */
  paidInTime: boolean;
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
    return {
      pupil: { pupilId, schoolId, pupilNumber: `演练${String(index).padStart(4, '0')}`, name: `演练${index}`, grade, className: '演练班' },
      actor: {
        personId: `per_${draws.ulid()}`,
        memberships: [],
        children: [{ pupilId, schoolId, grade }],
        requestId: `rehearsal-${index}`,
      },
      draws,
      wishes: draws.weighed(open, (offering) => 1 / (rank.get(offering.offeringId) ?? 1) ** POPULARITY, WISHES),
      wants: draws.chance(WANTS_TWO) ? 2 : 1,
      pays: how < LAPSES ? 'never' : how < LAPSES + PAYS_LATE ? 'late' : 'in-time',
      placed: [],
      paidInTime: false,
    };
  });
}

/** What the school expects to be wanted most comes first; the others in an order that the seed draws. */
function ranked(offerings: readonly Offering[], favourites: readonly string[], draws: Draws): ReadonlyMap<string, number> {
  const drawn = draws.weighed(offerings, () => 1, offerings.length).map(({ offeringId }) => offeringId as string);
  const first = favourites.filter((id) => drawn.includes(id));
  return new Map([...new Set([...first, ...drawn])].map((id, index) => [id, index + 1]));
}

export type Tried = (offeringId: string, refused: string | undefined) => void;

export class Evening {
  private readonly time: VirtualTime;
  private readonly stage: Stage;
  private readonly copy: WindowCopy;
  private readonly tried: Tried;

  constructor(time: VirtualTime, stage: Stage, copy: WindowCopy, tried: Tried) {
    this.time = time;
    this.stage = stage;
    this.copy = copy;
    this.tried = tried;
  }

  /** One parent's evening. `onChosen`: they have what they wanted, or nothing is left to try. */
  async live(child: Child, onChosen: () => void): Promise<void> {
    const { draws } = child;
    const opensMs = opensMsOf(this.copy);
    const when = draws.share();
    const lateMs = when < EARLY + AT_ONCE ? draws.between(0, AT_ONCE_SECONDS * 1000) : draws.between(0, LATE_MINUTES * 60_000);
    const arrivesMs = when < EARLY ? opensMs - draws.between(1000, EARLY_MINUTES * 60_000) : opensMs + lateMs;
    await this.time.sleepUntil(arrivesMs);
    const turn = await this.open(child);
    const fromMs = turn ? ms(turn.admitAt) : opensMs;
    if (arrivesMs < fromMs) {
      // Phones' clocks differ.
      await this.time.sleepUntil(fromMs + draws.between(0, CLOCKS_DIFFER_MS));
      // The page shows the seats anew as the countdown ends.
      await this.stage.request(draws, ({ useCases }) => useCases.getSeats({ windowId: this.copy.window.windowId }, child.actor));
    }
    await this.time.sleep(draws.around(REACTION_MS, 0.5));
    for (const wish of child.wishes) {
      if (child.placed.length >= child.wants) break;
      await this.take(child, wish, turn?.token);
      await this.time.sleep(draws.around(NEXT_WISH_MS, 0.5));
    }
    onChosen();
    if (child.placed.length > 0) await this.pay(child);
  }

  /** The family's turn, where there is one. */
  private async open({ draws, pupil, actor }: Child): Promise<Turn | undefined> {
    for (let tries = 0; tries < PAGE_TRIES; tries++) {
      const outcome = await this.stage.request(draws, ({ useCases }) =>
        useCases.getClassPage({ pupilId: pupil.pupilId, windowId: this.copy.window.windowId }, actor),
      );
      if ('answer' in outcome) return ClassPage.parse(outcome.answer).turn;
      await this.time.sleep(draws.around(NEXT_WISH_MS, 0.5));
    }
    return undefined;
  }

  /** Asks for a place, again under the same number where the answer was no answer. */
  private async take(child: Child, { offeringId }: Offering, turn: string | undefined): Promise<void> {
    const { draws, pupil, actor } = child;
    const enrolmentId = `enr_${draws.ulid()}` as Id<'enrolment'>;
    const input = { pupilId: pupil.pupilId, enrolmentId, offeringId, windowId: this.copy.window.windowId, turn };
    for (let tries = 0; tries < TRIES_A_WISH; tries++) {
      const outcome = await this.stage.request(draws, ({ useCases }) => useCases.takeSeat(input, actor));
      this.tried(offeringId, 'refused' in outcome ? outcome.refused : undefined);
      if ('answer' in outcome) {
        child.placed.push({ enrolmentId, offeringId, holdUntil: outcome.answer.holdUntil as Instant });
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

  private async pay(child: Child): Promise<void> {
    const { draws, pupil, actor, placed } = child;
    if (child.pays === 'never') return;
    await this.time.sleep(draws.around(40_000, 0.6));
    const orderId = `ord_${draws.ulid()}` as Id<'order'>;
    const lines = placed.map(({ enrolmentId }) => ({ pupilId: pupil.pupilId, enrolmentId, withMaterialPack: false }));
    const order = await this.persistently(draws, ({ useCases }) => useCases.placeOrder({ orderId, lines }, actor));
    if ('refused' in order) return;
    const started = await this.persistently(draws, ({ useCases }) => useCases.startPayment({ orderId, provider: 'wechat' }, actor));
    if ('refused' in started) return;
    if (started.answer.status === 'paid') {
      child.paidInTime = true;
      return;
    }
    const { paymentId } = started.answer;
    if (child.pays === 'late') {
      const overMs = Math.min(...placed.map(({ holdUntil }) => ms(holdUntil)), opensMsOf(this.copy) + 2 * HOLD_MINUTES * 60_000);
      await this.time.sleepUntil(overMs + draws.between(2, 8) * 60_000);
    } else await this.time.sleep(draws.around(25_000, 0.6));
    const payment = this.stage.cashier.pay(paymentId, child.pays === 'late');
    if (!payment) return;
    child.paidInTime = child.pays === 'in-time';
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
