/**
 * A window whose families are let in by turns, in a simulated run: guardians who wait for theirs, who are too early, who come with
 * another family's token or with none; and what must hold of everyone who gets in.
 */
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Pupil } from '@kehou/shared/school/school';
import type { BasketLine } from '@kehou/shared/selection/basket';
import type { Admission, ClassPage, Turn } from '@kehou/shared/selection/window';
import { keys } from '../../src/platform/keys.ts';
import { beginsAt } from './openings.ts';
import type { School } from './school.ts';
import type { Simulation } from './simulation.ts';
import type { TurnsPlan } from './terms.ts';

/** When this child may take a seat by hand, its turn apart; `undefined` where all places are drawn. */
function handOpensAt({ memory }: Simulation, school: School, child: Pick<Pupil, 'grade'>): Instant | undefined {
  if (!school.window.lottery) return beginsAt(school, child);
  // A draw that is late moves the hours after it.
  return memory.find(keys.window(school.window.windowId))?.lottery?.M?.firstCome?.M?.opensAt?.S as Instant | undefined;
}

/** How the families are to be spread, reckoned without the product: the largest group that begins at once, and half of the hours at most. */
export function admissionOf(school: Pick<School, 'window' | 'families'>, { familiesPerSecond }: TurnsPlan): Admission | undefined {
  const { window, families } = school;
  if (window.lottery && !window.lottery.firstCome) return undefined;
  const groups = new Map<Instant, number>();
  for (const child of families.flatMap(({ children }) => children)) {
    const at = window.lottery?.firstCome?.opensAt ?? beginsAt(school, child);
    groups.set(at, (groups.get(at) ?? 0) + 1);
  }
  const last = [...groups.keys(), ...(window.gradeOpenings ?? []).map(({ opensAt }) => opensAt)].toSorted().at(-1) ?? window.opensAt;
  const { closesAt } = window.lottery?.firstCome ?? window;
  const most = Math.max(...groups.values());
  return { families: most, spreadSeconds: Math.min(Math.ceil(most / familiesPerSecond), Math.floor((ms(closesAt) - ms(last)) / 2000)) };
}

/** Until when the children of this grade come by turns. */
function turnsUntil(simulation: Simulation, school: School, child: Pick<Pupil, 'grade'>): Instant | undefined {
  const opensAt = handOpensAt(simulation, school, child);
  return opensAt && school.admission && instant(ms(opensAt) + school.admission.spreadSeconds * 1000);
}

/** Stops the run at the first place taken by hand by a family that was not told that it may by then. */
export function watchTurns(simulation: Simulation, school: School): () => readonly string[] {
  if (!school.admission) return () => [];
  const children = new Map<string, Pupil>(school.families.flatMap((family) => family.children.map((child) => [child.pupilId, child])));
  simulation.onChanges((changes) => {
    for (const { key, before, after } of changes) {
      const child = children.get(after?.pupilId?.S ?? '');
      if (!key.SK.startsWith('ENROLMENT#') || before || !after || !child) continue;
      // Not what is offered, drawn, given, moved to, or had again by who paid too late.
      if (!school.turns.asked.has(after.enrolmentId?.S ?? '')) continue;
      const takenAt = after.takenAt?.S ?? '';
      const until = turnsUntil(simulation, school, child);
      if (!until || takenAt >= until) continue;
      const told = [...(school.turns.admitAt.get(child.pupilId) ?? [])];
      if (!told.some((admitAt) => admitAt <= takenAt))
        throw new Error(`${key.SK} was taken at ${takenAt}; its family's turn: ${told.join(', ') || 'it was never told'}`);
      simulation.count('place taken by turns');
    }
  });
  return () => {
    const { admission } = simulation.memory.find(keys.window(school.window.windowId)) ?? {};
    const [families, spread] = [Number(admission?.M?.families?.N), Number(admission?.M?.spreadSeconds?.N)];
    const { families: most, spreadSeconds } = school.admission ?? {};
    return families === most && spread === spreadSeconds
      ? []
      : [`${families} families are let in over ${spread} seconds, it should be ${most} over ${spreadSeconds}`];
  };
}

/** What came of a request for a seat. */
type Got = { readonly takenAt: string } | { readonly refused: string; readonly details?: Readonly<Record<string, unknown>> | undefined };

type Line = Pick<BasketLine, 'refusal'> & { readonly enrolment?: { readonly takenAt: string } | undefined };

/** What one guardian knows of its children's turns, and does with it. */
export class GuardiansTurns {
  private readonly simulation: Simulation;
  private readonly school: School;
  private readonly who: string;
  private readonly family: string;
  private readonly told = new Map<string, Turn & { readonly opensAt: Instant | undefined }>();

  constructor(simulation: Simulation, school: School, who: string, family: string) {
    this.simulation = simulation;
    this.school = school;
    this.who = who;
    this.family = family;
  }

  /** Off the class page: the same however often it is looked at. */
  heard(child: Pupil, { turn }: Pick<ClassPage, 'turn'>): void {
    if (!turn) return;
    const { simulation, school, who } = this;
    const opensAt = handOpensAt(simulation, school, child);
    const before = this.told.get(child.pupilId);
    if (before && before.opensAt === opensAt && (before.token !== turn.token || before.admitAt !== turn.admitAt))
      throw new Error(`${who} was told ${before.admitAt}, and now ${turn.admitAt}`);
    const until = turnsUntil(simulation, school, child);
    if (opensAt && until && (turn.admitAt < opensAt || turn.admitAt >= until))
      throw new Error(`${who} was told ${turn.admitAt}, and families are let in from ${opensAt} to ${until}`);
    this.told.set(child.pupilId, { ...turn, opensAt });
    const { admitAt, tokens } = school.turns;
    admitAt.set(child.pupilId, (admitAt.get(child.pupilId) ?? new Set()).add(turn.admitAt));
    if (!before) tokens.push({ token: turn.token, family: this.family });
  }

  /** What goes along with a request for these places: its own, mostly. */
  token({ pupilId }: Pupil, enrolmentIds: readonly string[]): string | undefined {
    const { scheduler } = this.simulation;
    const { tokens, asked } = this.school.turns;
    for (const enrolmentId of enrolmentIds) asked.add(enrolmentId);
    if (!this.school.admission || tokens.length === 0) return undefined;
    const how = scheduler.weighed({ own: 14, another: 1, none: 1 });
    const others = how === 'another' ? tokens.filter(({ family }) => family !== this.family) : [];
    if (others.length > 0) return scheduler.pick(others).token;
    return how === 'own' ? this.told.get(pupilId)?.token : undefined;
  }

  /** Half of the guardians are there a millisecond before their turn, and again on the dot; the others come whenever they like. */
  async await(children: readonly Pupil[], take: (child: Pupil) => Promise<void>): Promise<void> {
    const { scheduler } = this.simulation;
    const child = children.find(({ pupilId }) => (this.told.get(pupilId)?.admitAt ?? '') > scheduler.now());
    const admitAt = child && this.told.get(child.pupilId)?.admitAt;
    if (!child || !admitAt || scheduler.chance(0.5)) return;
    await scheduler.sleepUntil(this.who, instant(ms(admitAt) - 1));
    await take(child);
    await scheduler.sleepUntil(this.who, admitAt);
    await take(child);
  }

  /** The same for a line of a basket. */
  judgeLine(child: Pupil, token: string | undefined, sentAt: Instant, { enrolment, refusal }: Line): void {
    if (enrolment) this.judge(child, token, sentAt, enrolment);
    else if (refusal) this.judge(child, token, sentAt, { refused: refusal.code, details: refusal.details });
  }

  /** `token`: what went along with it, first at `sentAt`. Throws when somebody was let in or turned away for another reason than the true one. */
  judge(child: Pupil, token: string | undefined, sentAt: Instant, got: Got): void {
    const { simulation, school, who } = this;
    const until = turnsUntil(simulation, school, child);
    if (!until) return;
    const own = this.told.get(child.pupilId);
    const isOwn = token !== undefined && token === own?.token;
    if ('takenAt' in got) {
      if (got.takenAt < until && !(isOwn && own.admitAt <= got.takenAt))
        throw new Error(`${who} took a place at ${got.takenAt} with ${isOwn ? 'its' : 'no'} token; its turn is ${own?.admitAt}`);
      return;
    }
    if (got.refused === 'selection.wrong_turn' && isOwn && own.opensAt === handOpensAt(simulation, school, child))
      throw new Error(`${who} was refused with its own token`);
    if (got.refused !== 'selection.not_your_turn') return;
    if (!isOwn || got.details?.admitAt !== own.admitAt || sentAt >= own.admitAt)
      throw new Error(`${who} was sent away until ${got.details?.admitAt} at ${sentAt}; its turn is ${own?.admitAt}`);
  }
}
