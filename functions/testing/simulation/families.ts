/**
 * Families on a selection night and after it: each guardian looks, takes, waits, orders, pays, gives up, asks for money back, now
 * and then twice, and again when something broke. They know no more than the product tells them.
 */
import { countMove } from '@kehou/shared/billing/move';
import { billingRoutes } from '@kehou/shared/billing/routes';
import { Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Pupil } from '@kehou/shared/school/school';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import { selectionRoutes } from '@kehou/shared/selection/routes';
import { payAtProvider } from './background.ts';
import type { Container } from './container.ts';
import { rushAtOpening } from './openings.ts';
import type { Family, School } from './school.ts';
import type { Simulation } from './simulation.ts';
import { Visitor } from './visitor.ts';

/** What one wants to do next, by the time of the evening. */
const WISHES = {
  open: { look: 3, take: 8, basket: 3, giveUp: 2, join: 5, leave: 1, order: 7, refund: 1, orders: 2, move: 0 },
  after: { look: 1, take: 1, basket: 0, giveUp: 1, join: 2, leave: 1, order: 8, refund: 2, orders: 3, move: 1 },
  later: { look: 1, take: 1, basket: 0, giveUp: 1, join: 1, leave: 1, order: 3, refund: 3, orders: 1, move: 5 },
} as const;
/** In a lottery, until the close; a seat by hand is asked for all the same. */
const LOTTERY_WISHES = { look: 2, wish: 12, take: 1, join: 1 } as const;
type Wish = keyof (typeof WISHES)['open'] | 'wish';

const ROUNDS = { open: 12, after: 5, firstCome: 4, later: 4 } as const;

export async function runGuardian(simulation: Simulation, school: School, family: Family, actor: Actor, number: number): Promise<void> {
  const { scheduler } = simulation;
  const guardian = new Guardian(simulation, school, family, actor, `${family.name}.${number}`);
  const { opensAt } = school.window;
  // Most are there before the doors open.
  const start = addMinutes(opensAt, scheduler.chance(0.7) ? -1 : scheduler.between(0, 30));
  await scheduler.sleepUntil(guardian.who, start);
  await guardian.look(scheduler.pick(family.children));
  if (start < opensAt) await scheduler.sleepUntil(guardian.who, opensAt);
  await rushAtOpening(simulation, school, guardian.who, family.children, (child) => guardian.take(child));
  await guardian.awaitTurn();
  for (let round = 0; round < ROUNDS.open && scheduler.now() < school.closesAt; round++) {
    await guardian.act('open');
    await guardian.think(18);
  }
  if (school.window.lottery && scheduler.chance(0.6)) {
    // In the last moment, so that what hangs arrives when the list is being closed.
    await sleepTill(simulation, guardian.who, instant(ms(school.closesAt) - 1));
    if (scheduler.now() < school.closesAt) await guardian.wish(scheduler.pick(family.children));
  }
  await sleepTill(simulation, guardian.who, school.closesAt);
  for (let round = 0; round < ROUNDS.after; round++) {
    await guardian.act('after');
    await guardian.think(120);
  }
  const firstCome = school.window.lottery?.firstCome;
  if (firstCome) {
    if (school.admission) {
      await sleepTill(simulation, guardian.who, addMinutes(firstCome.opensAt, -1));
      await guardian.look(scheduler.pick(family.children));
      await guardian.awaitTurn();
    }
    await sleepTill(simulation, guardian.who, addMinutes(firstCome.opensAt, scheduler.between(0, 20)));
    for (let round = 0; round < ROUNDS.firstCome; round++) {
      await guardian.act('open');
      await guardian.think(18);
    }
  }
  for (let round = 0; round < ROUNDS.later; round++) {
    await scheduler.sleep(guardian.who, scheduler.between(0, 144) * 1800_000);
    await guardian.act('later');
  }
}

async function sleepTill({ scheduler }: Simulation, who: string, at: Instant): Promise<void> {
  if (scheduler.now() < at) await scheduler.sleepUntil(who, at);
}

class Guardian extends Visitor {
  awaitTurn(): Promise<void> {
    return this.turns.await(this.family.children, (child) => this.take(child));
  }

  async act(phase: keyof typeof WISHES): Promise<void> {
    const child = this.draw.pick(this.family.children);
    const isWishing = phase === 'open' && this.school.window.lottery !== undefined && this.draw.now() < this.school.closesAt;
    const wish: Wish = isWishing ? this.draw.weighed(LOTTERY_WISHES) : this.draw.weighed(WISHES[phase]);
    switch (wish) {
      case 'look':
        return this.look(child);
      case 'wish':
        return this.wish(child);
      case 'take':
        return this.take(child);
      case 'basket':
        return this.basket();
      case 'giveUp':
        return this.giveUp(child);
      case 'join':
        return this.join(child);
      case 'leave':
        return this.leave(child);
      case 'order':
        return this.order();
      case 'refund':
        return this.refund(child);
      case 'orders':
        return this.orders(child);
      case 'move':
        return this.move(child);
    }
  }

  async take(child: Pupil): Promise<void> {
    if (this.draw.chance(0.5)) await this.look(child);
    const offeringId = this.choose(child, ({ notNow }) => notNow === undefined);
    const take = () => {
      const enrolmentId = newId('enrolment', this.nowMs());
      const turn = this.turns.token(child, [enrolmentId]);
      const wish = { pupilId: child.pupilId, offeringId, windowId: this.school.window.windowId, enrolmentId, turn };
      return async () => {
        const sentAt = this.draw.now();
        const outcome = await this.ask('take', ({ selection }, requestId) =>
          selection.useCases.takeSeat(wish, { ...this.actor, requestId }),
        );
        if (!('broken' in outcome)) this.turns.judge(child, wish.turn, sentAt, 'answer' in outcome ? outcome.answer : outcome);
        return outcome;
      };
    };
    await this.perhapsTwice(take);
  }

  /** Several classes for every child at once, by one guardian or by all of them at the same moment. */
  private async basket(): Promise<void> {
    const wanted = this.family.children.map((child) => ({
      child,
      allOrNothing: this.draw.chance(0.5),
      offeringIds: [...new Set([1, 2, 3].map(() => this.choose(child, ({ notNow }) => notNow === undefined || notNow === 'full')))],
    }));
    const submit = (actor: Actor) => {
      const sentAt = this.draw.now();
      const children = wanted.map(({ offeringIds, child, allOrNothing }) => {
        const lines = offeringIds.map((offeringId) => ({ offeringId, enrolmentId: newId('enrolment', this.nowMs()) }));
        const token = this.turns.token(
          child,
          lines.map(({ enrolmentId }) => enrolmentId),
        );
        // A turn is told to one guardian, and may be none of the other's: they know not always the same children.
        return { pupilId: child.pupilId, allOrNothing, turn: actor === this.actor ? token : undefined, lines };
      });
      const basket = { windowId: this.school.window.windowId, children };
      return async () => {
        const outcome = await this.ask('basket', ({ selection }, requestId) =>
          selection.useCases.submitBasket(basket, { ...actor, requestId }),
        );
        for (const [index, { lines }] of ('answer' in outcome ? outcome.answer.children : []).entries())
          for (const line of lines) {
            const child = wanted[index]?.child;
            if (child) this.turns.judgeLine(child, children[index]?.turn, sentAt, line);
          }
        return outcome;
      };
    };
    const outcomes = this.draw.chance(0.3)
      ? await Promise.all(this.family.guardians.map((actor) => submit(actor)()))
      : await this.perhapsTwice(() => submit(this.actor));
    for (const outcome of outcomes) {
      for (const [index, { lines }] of ('answer' in outcome ? outcome.answer.children : []).entries()) {
        const taken = lines.filter(({ enrolment }) => enrolment).length;
        if (wanted[index]?.allOrNothing && taken > 0 && taken < lines.length)
          throw new Error(`${this.who} wanted all or nothing and was given ${taken} of ${lines.length}`);
        this.simulation.count(
          `basket ${wanted[index]?.allOrNothing ? 'together' : 'each'}: ${taken === lines.length ? 'all' : taken === 0 ? 'none' : 'some'}`,
        );
      }
    }
  }

  /** Ranks a few classes, or withdraws; sometimes to be drawn with a brother or sister, sometimes twice in the same moment. */
  async wish(child: Pupil): Promise<void> {
    const { windowId } = this.school.window;
    const siblings = this.family.children.filter(({ pupilId }) => pupilId !== child.pupilId).map(({ pupilId }) => pupilId);
    // What the page showed; by the time of sending the other guardian may have been there.
    const seen = await this.ask('wishes', ({ selection }) =>
      selection.useCases.getChoices({ pupilId: child.pupilId, windowId }, this.actor),
    );
    if (!('answer' in seen)) return;
    const replaces = selectionRoutes.getChoices.output.parse(seen.answer).choices?.at;
    await this.think(1);
    const choose = () => {
      const many = this.school.receipts.has(child.pupilId) && this.draw.chance(0.15) ? 0 : this.draw.between(1, 4);
      const offeringIds = [...new Set(Array.from({ length: many }, () => this.draw.pick(this.school.classes).offeringId))];
      const input = { pupilId: child.pupilId, windowId, offeringIds, together: this.draw.chance(0.7) ? siblings : [], replaces };
      return async () => {
        const outcome = await this.ask('wish', ({ selection }, requestId) =>
          selection.useCases.submitChoices(input, { ...this.actor, requestId }),
        );
        if ('answer' in outcome) {
          const { receipt } = selectionRoutes.submitChoices.output.parse(outcome.answer);
          if (receipt.offeringIds.length === 0) this.simulation.count('wish: withdrawn');
          this.school.receipts.set(child.pupilId, [...(this.school.receipts.get(child.pupilId) ?? []), receipt]);
        }
        return outcome;
      };
    };
    await this.perhapsTwice(choose);
  }

  private async join(child: Pupil): Promise<void> {
    const offeringId = this.choose(child, ({ notNow }) => notNow === 'full');
    const join = () => {
      const wish = { pupilId: child.pupilId, offeringId, windowId: this.school.window.windowId, waitId: newId('wait', this.nowMs()) };
      return () => this.ask('join', ({ selection }) => selection.useCases.joinWaitingList(wish, this.actor));
    };
    await this.perhapsTwice(join);
  }

  private async leave(child: Pupil): Promise<void> {
    const waits = await this.ask('waits', ({ selection }) => selection.useCases.listChildWaits({ pupilId: child.pupilId }, this.actor));
    if (!('answer' in waits) || waits.answer.items.length === 0) return;
    const offeringId = Id('offering').parse(this.draw.pick(waits.answer.items).offeringId);
    await this.ask('leave', ({ selection }) => selection.useCases.leaveWaitingList({ pupilId: child.pupilId, offeringId }, this.actor));
  }

  private async giveUp(child: Pupil): Promise<void> {
    const held = (await this.enrolments(child)).filter(({ status }) => status === 'held' || status === 'taking');
    if (held.length === 0) return;
    const { pupilId, enrolmentId } = this.draw.pick(held);
    await this.perhapsTwice(
      () => () => this.ask('give up', ({ billing }) => billing.useCases.giveUpSeat({ pupilId, enrolmentId }, this.actor)),
    );
  }

  /** One or several held seats, over all the children; and on to the cashier. */
  private async order(): Promise<void> {
    const all: Enrolment[] = [];
    for (const child of this.family.children) all.push(...(await this.enrolments(child)));
    const held = all.filter(({ status }) => status === 'held');
    if (held.length === 0) return;
    const some = this.draw.chance(0.6) ? held : held.filter(() => this.draw.chance(0.5));
    const chosen = (some.length > 0 ? some : held).slice(0, 10);
    const place = () => {
      const lines = chosen.map(({ pupilId, enrolmentId, offeringId }) => {
        const offering = this.school.classes.find((each) => each.offeringId === offeringId);
        return { pupilId, enrolmentId, withMaterialPack: offering?.materialPack !== undefined && this.draw.chance(0.5) };
      });
      const input = { orderId: newId('order', this.nowMs()), lines };
      return () => this.ask('order', ({ billing }) => billing.useCases.placeOrder(input, this.actor));
    };
    for (const outcome of await this.perhapsTwice(place)) {
      const orderId = 'answer' in outcome ? outcome.answer.orderId : 'refused' in outcome ? outcome.details.orderId : undefined;
      if (typeof orderId === 'string' && this.draw.chance(0.85)) return this.pay(orderId);
    }
  }

  /** Looks through a child's orders, and pays one that waits. */
  private async orders(child: Pupil): Promise<void> {
    const found = await this.ask('orders', ({ billing }) =>
      billing.useCases.listChildOrders({ pupilId: child.pupilId, limit: 50 }, this.actor),
    );
    const orders = 'answer' in found ? found.answer.items : [];
    if (orders.length === 0) return;
    const { status, ...picked } = this.draw.pick(orders);
    const orderId = Id('order').parse(picked.orderId);
    if (status === 'pending') return this.pay(orderId);
    await this.ask('order shown', ({ billing }) => billing.useCases.getOrder({ orderId, refresh: true }, this.actor));
  }

  private async pay(orderId: string): Promise<void> {
    if (this.draw.chance(0.3)) await this.think(6);
    const input = {
      orderId: orderId as Parameters<Container['billing']['useCases']['startPayment']>[0]['orderId'],
      provider: 'wechat' as const,
    };
    const others = this.family.guardians.filter(({ personId }) => personId !== this.actor.personId);
    const payers = this.draw.chance(0.2) ? [this.actor, ...others] : [this.actor];
    await Promise.all(
      payers.map(async (payer) => {
        const started = await this.ask('start payment', ({ billing }, requestId) =>
          billing.useCases.startPayment(input, { ...payer, requestId }),
        );
        if ('answer' in started && started.answer.status === 'pay') await this.atTheCashier(started.answer.paymentId);
      }),
    );
  }

  private async atTheCashier(paymentId: string): Promise<void> {
    const how = this.draw.weighed({ pays: 60, dawdles: 15, late: 15, leaves: 10 });
    if (how === 'leaves') return;
    if (how === 'dawdles') await this.think(50);
    if (how !== 'late') return payAtProvider(this.simulation, paymentId, false);
    // The money was on its way when the order was closed.
    const { simulation } = this;
    const who = `${this.who} late`;
    this.draw.spawn(who, async () => {
      await simulation.scheduler.sleep(who, simulation.scheduler.between(10, 100) * 60_000);
      payAtProvider(simulation, paymentId, true);
    });
  }

  private async refund(child: Pupil): Promise<void> {
    const confirmed = (await this.enrolments(child)).filter(({ status }) => status === 'confirmed');
    if (confirmed.length === 0 || this.draw.chance(0.4)) return;
    const { pupilId, enrolmentId } = this.draw.pick(confirmed);
    const quote = await this.ask('quote', ({ billing }) => billing.useCases.quoteRefund({ pupilId, enrolmentId }, this.actor));
    if (!('answer' in quote)) return;
    if (this.draw.chance(0.2)) await this.think(90);
    const { quoteToken } = quote.answer;
    await this.perhapsTwice(() => {
      const input = { pupilId, enrolmentId, quoteToken, refundId: newId('refund', this.nowMs()) };
      return () => this.ask('refund', ({ billing }, requestId) => billing.useCases.requestRefund(input, { ...this.actor, requestId }));
    });
  }

  /** To another class of those that fit, as dear or not; and on to the cashier where something is to be paid. */
  private async move(child: Pupil): Promise<void> {
    const confirmed = (await this.enrolments(child)).filter(({ status }) => status === 'confirmed');
    if (confirmed.length === 0) return;
    const { pupilId, enrolmentId } = this.draw.pick(confirmed);
    const found = await this.ask('moves', ({ billing }) => billing.useCases.listMoves({ pupilId, enrolmentId, limit: 50 }, this.actor));
    if (!('answer' in found)) return;
    const { from, items } = billingRoutes.listMoves.output.parse(found.answer);
    if (items.length === 0) return;
    if (this.draw.chance(0.2)) await this.think(90);
    const outcomes = await this.perhapsTwice(() => {
      const { offeringId, feeFen, materialPack } = this.draw.pick(items);
      const withMaterialPack = materialPack !== undefined && this.draw.chance(0.5);
      const packFen = withMaterialPack ? materialPack.priceFen : 0;
      const { differenceFen } = countMove({ creditFen: from.creditFen, feeFen, packFen });
      const newEnrolmentId = newId('enrolment', this.nowMs());
      const input = { pupilId, enrolmentId, newEnrolmentId, offeringId, withMaterialPack, differenceFen };
      return () => this.ask('move', ({ billing }, requestId) => billing.useCases.startMove(input, { ...this.actor, requestId }));
    });
    for (const outcome of outcomes) {
      const { status, orderId } = 'answer' in outcome ? Enrolment.parse(outcome.answer) : {};
      if (status === 'held' && orderId && this.draw.chance(0.85)) return this.pay(orderId);
    }
  }
}
