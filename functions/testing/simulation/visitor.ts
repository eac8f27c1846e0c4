/** Whoever visits the school's pages in a simulated run: looks at classes and chooses among them, asks once or twice, and again when something broke. */
import type { Actor, OutputOf } from '@kehou/shared/kernel/route';
import { ms } from '@kehou/shared/kernel/time';
import type { Pupil } from '@kehou/shared/school/school';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import { selectionRoutes } from '@kehou/shared/selection/routes';
import type { Container } from './container.ts';
import type { Family, School } from './school.ts';
import { type Outcome, type Simulation, TICK_MS } from './simulation.ts';
import { GuardiansTurns } from './turns.ts';

type Page = OutputOf<typeof selectionRoutes.getClassPage>;
type ClassOnPage = Page['classes'][number];

export class Visitor {
  readonly who: string;
  protected readonly simulation: Simulation;
  protected readonly school: School;
  protected readonly family: Family;
  protected readonly actor: Actor;
  protected readonly pages = new Map<string, Page>();
  protected readonly turns: GuardiansTurns;

  constructor(simulation: Simulation, school: School, family: Family, actor: Actor, who: string) {
    this.simulation = simulation;
    this.school = school;
    this.family = family;
    this.actor = actor;
    this.who = who;
    this.turns = new GuardiansTurns(simulation, school, who, family.name);
  }

  protected get draw() {
    return this.simulation.scheduler;
  }

  think(ticksMost: number): Promise<void> {
    return this.draw.sleep(this.who, this.draw.between(0, ticksMost) * TICK_MS);
  }

  async look(child: Pupil): Promise<void> {
    const outcome = await this.ask('look', ({ selection }) =>
      selection.useCases.getClassPage({ pupilId: child.pupilId, windowId: this.school.window.windowId }, this.actor),
    );
    if ('answer' in outcome) {
      const page = selectionRoutes.getClassPage.output.parse(outcome.answer);
      this.pages.set(child.pupilId, page);
      this.turns.heard(child, page);
    }
    if (this.draw.chance(0.3))
      await this.ask('seats', ({ selection }) => selection.useCases.getSeats({ windowId: this.school.window.windowId }, this.actor));
  }

  /** A class that the page of a while ago shows like this; or any, since people try. */
  protected choose(child: Pupil, like: (shown: ClassOnPage) => boolean) {
    const shown =
      this.pages.get(child.pupilId)?.classes.filter((each) => each.offeringId !== this.school.unloved.offeringId && like(each)) ?? [];
    if (shown.length > 0 && this.draw.chance(0.8)) return this.draw.pick(shown).offeringId;
    const { offeringId } = this.draw.pick(this.school.classes);
    return offeringId === this.school.unloved.offeringId && this.draw.chance(0.8)
      ? this.draw.pick(this.school.classes).offeringId
      : offeringId;
  }

  protected async enrolments(child: Pupil): Promise<readonly Enrolment[]> {
    const found = await this.ask('enrolments', ({ selection }) =>
      selection.useCases.listChildEnrolments({ pupilId: child.pupilId }, this.actor),
    );
    return 'answer' in found ? found.answer.items.map((each) => Enrolment.parse(each)) : [];
  }

  /** Once; or twice at once with the same id, as an impatient thumb does; or with another, as two guardians do. */
  protected async perhapsTwice<T>(make: () => () => Promise<Outcome<T>>): Promise<Outcome<T>[]> {
    const first = make();
    const how = this.draw.weighed({ once: 8, same: 1, other: 1 });
    if (how === 'once') return [await first()];
    return Promise.all([first(), how === 'same' ? first() : make()()]);
  }

  protected ask<T>(what: string, work: (container: Container, requestId: string) => Promise<T>): Promise<Outcome<T>> {
    return this.simulation.persistently(this.who, what, work, this.draw.between(1, 4));
  }

  protected nowMs(): number {
    return ms(this.draw.now());
  }
}
