/** Places kept for a purpose in a simulated run: two desks that give them to whom they like, and let some of them go. */
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, instant, ms } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { keys } from '../../src/platform/keys.ts';
import { set } from '../../src/platform/table.ts';
import type { School } from './school.ts';
import { type Simulation, TICK_MS } from './simulation.ts';

const DESKS = 2;
const GIVEN_EACH = 5;
/** From before the doors open until the lists are nearly over. */
const GIVING_MINUTES = { from: -20, to: 150 };

/** Each desk works by itself, so that both give the last place in the same moment. */
export function spawnReserveDesks(simulation: Simulation, school: School): void {
  const { scheduler } = simulation;
  for (let desk = 0; desk < DESKS; desk++) scheduler.spawn(`reserves.${desk}`, () => runDesk(simulation, school, `reserves.${desk}`));
  scheduler.spawn('reserves.released', () => letGo(simulation, school));
}

async function runDesk(simulation: Simulation, school: School, who: string): Promise<void> {
  const { scheduler } = simulation;
  const { from, to } = GIVING_MINUTES;
  for (let each = 0; each < GIVEN_EACH; each++) {
    const at = addMinutes(school.window.opensAt, scheduler.between(from, from + ((to - from) * (each + 1)) / GIVEN_EACH));
    if (scheduler.now() < at) await scheduler.sleepUntil(who, at);
    const offering = scheduler.pick(keeping(school));
    const { purpose } = scheduler.pick(offering.reserved ?? []);
    const { pupilNumber, name } = scheduler.pick(scheduler.pick(school.families).children);
    const input = { schoolId: school.schoolId, offeringId: offering.offeringId, purpose, pupilNumber, name };
    const enrolmentId = newId('enrolment', ms(scheduler.now()));
    const give = () =>
      simulation.persistently(who, 'give reserved', ({ selection }, requestId) =>
        selection.useCases.giveReservedPlace({ ...input, enrolmentId }, { ...school.office, requestId }),
      );
    await (scheduler.chance(0.2) ? Promise.all([give(), give()]) : give());
  }
}

/** As the area of classes writes it: fewer places kept, at a later time. */
async function letGo(simulation: Simulation, school: School): Promise<void> {
  const { scheduler } = simulation;
  const who = 'reserves.released';
  await scheduler.sleepUntil(who, addMinutes(school.window.opensAt, scheduler.between(10, GIVING_MINUTES.to)));
  const { offeringId } = scheduler.pick(keeping(school));
  for (;;) {
    const outcome = await simulation.request(who, 'let go', async ({ table }) => {
      const offering = await table.mustGet(keys.offering(offeringId), Offering);
      const reserved = offering.reserved?.map(({ purpose, places }) => ({ purpose, places: Math.max(0, places - 1) }));
      const updatedAt = instant(Math.max(ms(scheduler.now()), ms(offering.updatedAt) + 1));
      const condition = { expression: '#updatedAt = :read', values: { read: offering.updatedAt } };
      await table.tryWrite([set(keys.offering(offeringId), { reserved, updatedAt }, { condition })]);
    });
    if ('answer' in outcome) return;
    await scheduler.sleep(who, TICK_MS);
  }
}

const keeping = ({ classes }: School) => classes.filter(({ reserved }) => reserved !== undefined);
