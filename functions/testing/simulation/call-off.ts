/** A school of a simulated run that calls off classes that run: when it does, who is at it, and what must have become of everybody in them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { fen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import { addDays, addMinutes, chinaInstant, type Instant, type TimeOfDay } from '@kehou/shared/kernel/time';
import { Offering, Session } from '@kehou/shared/offering/offering';
import { Enrolment, isFinal, isTheirs } from '@kehou/shared/selection/enrolment';
import { Receipt } from '../../src/billing/order.repository.ts';
import { StoredRefund } from '../../src/billing/refund.repository.ts';
import { keys } from '../../src/platform/keys.ts';
import type { MemoryChange, MemoryTable } from '../../src/platform/memory-table.ts';
import { FIRST_SESSION } from '../billing-world.ts';
import type { School } from './school.ts';
import { type Simulation, TICK_MS } from './simulation.ts';
import type { CallOffPlan } from './terms.ts';

type Row = Readonly<Record<string, AttributeValue>>;

const SESSION_BEGINS = '16:30' as TimeOfDay;
/** Nothing of the kind has happened until then: it is called off all the same. */
const PATIENCE_MINUTES = 2 * 24 * 60;

export function spawnCallOffs(simulation: Simulation, school: School, plans: readonly CallOffPlan[]): void {
  for (const [number, plan] of plans.entries()) {
    const who = `head.${number}`;
    simulation.scheduler.spawn(who, () => run(simulation, school, plan, who));
  }
}

async function run(simulation: Simulation, school: School, plan: CallOffPlan, who: string): Promise<void> {
  const { scheduler } = simulation;
  const session = chinaInstant(addDays(FIRST_SESSION, 7 * plan.week), SESSION_BEGINS);
  const at = plan.when === 'lesson' ? addMinutes(session, -plan.minutes) : addMinutes(school.closesAt, plan.minutes);
  await scheduler.sleepUntil(who, at);
  const until = addMinutes(at, PATIENCE_MINUTES);
  const met = await Promise.race([happening(simulation, plan.when), scheduler.sleepUntil(who, until).then(() => undefined)]);
  const offeringId = met ?? (await anyRunning(simulation, who));
  simulation.count(`call off: ${met ? plan.when : 'at any time'}`);
  await Promise.all((plan.byTwo ? [who, `${who}.deputy`] : [who]).map((each) => callOff(simulation, school, offeringId, each)));
}

/** The running class to which such a thing happens next; at once `undefined` where none is waited for. */
function happening(simulation: Simulation, when: CallOffPlan['when']): Promise<string | undefined> {
  if (when === 'free' || when === 'lesson') return Promise.resolve(undefined);
  return new Promise((resolve) =>
    simulation.onChanges((changes) => {
      for (const change of changes) {
        const offeringId = change.key.SK.startsWith('ENROLMENT#') && is(when, change) ? change.after?.offeringId?.S : undefined;
        if (offeringId && isRunning(simulation.memory, offeringId)) resolve(offeringId);
      }
    }),
  );
}

function is(when: 'offered' | 'paying' | 'moving', { before, after }: MemoryChange): boolean {
  const became = (...statuses: string[]) => before?.status?.S !== after?.status?.S && statuses.includes(after?.status?.S ?? '');
  if (when === 'offered') return after?.offer !== undefined && became('taking', 'held');
  if (when === 'paying') return became('closing', 'confirmed') || (after?.orderId !== undefined && before?.orderId === undefined);
  // The place that is moved to, or the one that is left.
  return (after?.movedFrom !== undefined && became('taking')) || (after?.movingTo !== undefined && before?.movingTo === undefined);
}

function isRunning(memory: MemoryTable, offeringId: string): boolean {
  return memory.find(keys.offering(offeringId))?.status?.S === 'running';
}

/** One that runs; waits for the first. */
async function anyRunning({ scheduler, memory }: Simulation, who: string): Promise<string> {
  for (;;) {
    const running = memory
      .items()
      .flatMap(({ SK, status, offeringId }) => (SK?.S === 'OFFERING' && status?.S === 'running' ? [offeringId?.S] : []));
    const picked = running.length > 0 ? scheduler.pick(running) : undefined;
    if (picked) return picked;
    await scheduler.sleep(who, 3 * TICK_MS);
  }
}

/** Looks what it would cost, thinks it over, and does it; looks again when it is something else by then. */
async function callOff(simulation: Simulation, school: School, id: string, who: string): Promise<void> {
  const { scheduler } = simulation;
  const { schoolId, office } = school;
  const offeringId = id as Id<'offering'>;
  for (;;) {
    const shown = await simulation.request(who, 'quote call-off', ({ billing }) =>
      billing.useCases.quoteCallOff({ schoolId, offeringId }, office),
    );
    // A colleague was faster.
    if ('refused' in shown && shown.refused === 'offering.not_running') return;
    if ('answer' in shown) {
      if (scheduler.chance(0.4)) await scheduler.sleep(who, scheduler.between(1, 45) * TICK_MS);
      const { pupils, totalFen } = shown.answer;
      const input = { schoolId, offeringId, reason: '教师离职', pupils, totalFen: fen(totalFen) };
      const outcome = await simulation.persistently(who, 'call off', ({ billing }, requestId) =>
        billing.useCases.callOff(input, { ...office, requestId }),
      );
      if ('answer' in outcome) {
        const { calledOffAt } = Offering.extend({ calledOffAt: Session.shape.startsAt }).parse(
          unmarshall(simulation.memory.find(keys.offering(offeringId)) as Row),
        );
        if (outcome.answer.calledOffAt !== calledOffAt)
          throw new Error(
            `${who} was told that ${offeringId} was called off at ${outcome.answer.calledOffAt}, and it was at ${calledOffAt}`,
          );
        return;
      }
    }
    await scheduler.sleep(who, TICK_MS / 2);
  }
}

/** What is known of a class since it was called off. */
interface CalledOff {
  readonly at: Instant;
  /** Entries of its waiting list at that moment. */
  readonly queued: readonly string[];
  /** Whoever had paid for a place then, and whose payment came through all the same. */
  readonly paid: Set<string>;
}

/** Follows the run from now on; what it answers tells at rest what is wrong, in sentences. */
export function watchCallOffs(simulation: Simulation): () => readonly string[] {
  const { memory } = simulation;
  const calledOff = new Map<string, CalledOff>();
  /** What a family was promised when it asked by itself, by enrolment. */
  const promised = new Map<string, number>();
  const entriesOf = (offeringId: string) =>
    [...memory.partition(undefined, `WAITING#${offeringId}`)].flatMap(({ SK }) => (SK?.S?.startsWith('QUEUED#') ? [SK.S] : []));
  simulation.onChanges((changes) => {
    for (const { key, before, after } of changes) {
      if (key.SK === 'REFUND' && after) {
        const { enrolmentId, cause, status, togetherFen, amountFen } = StoredRefund.parse(unmarshall(after as Row));
        if (cause !== 'parent') continue;
        if (status === 'refused') promised.delete(enrolmentId);
        else if (!before) promised.set(enrolmentId, togetherFen ?? amountFen);
      } else if (key.SK.startsWith('ENROLMENT#') && after?.status?.S === 'confirmed') {
        calledOff.get(after.offeringId?.S ?? '')?.paid.add(after.enrolmentId?.S ?? '');
      } else if (key.SK === 'OFFERING' && after?.calledOffAt?.S && !before?.calledOffAt) {
        const offeringId = key.PK.slice('OFFERING#'.length);
        const live = enrolmentsOf(memory, offeringId).filter(({ status }) => !isFinal(status));
        for (const { status, movedFrom, movingTo, offer } of live)
          simulation.count(
            `called off with one ${status}${movedFrom && status !== 'confirmed' ? ' moving in' : movingTo ? ' moving out' : offer ? ' from the list' : ''}`,
          );
        const paid = live.filter(({ status }) => status === 'confirmed').map(({ enrolmentId }) => enrolmentId);
        calledOff.set(offeringId, { at: after.calledOffAt.S as Instant, queued: entriesOf(offeringId), paid: new Set(paid) });
      } else if (key.SK === 'CALLOFF' && !after) {
        const offeringId = key.PK.slice('OFFERING#'.length);
        const left = entriesOf(offeringId).filter((entry) => calledOff.get(offeringId)?.queued.includes(entry));
        if (left.length > 0) throw new Error(`${offeringId} is called off, and ${left.length} still wait in its list`);
      }
    }
  });
  return () => [...calledOff].flatMap(([offeringId, each]) => [...broken(memory, offeringId, each, promised)]);
}

function* broken(
  memory: MemoryTable,
  offeringId: string,
  { at, paid }: CalledOff,
  promised: ReadonlyMap<string, number>,
): Generator<string> {
  const offering = memory.find(keys.offering(offeringId));
  if (offering?.status?.S !== 'cancelled') yield `${offeringId} was called off, and is ${offering?.status?.S}`;
  if (memory.find(keys.callOff(offeringId))) yield `${offeringId} was called off, and that is not done`;
  const holders = Object.keys(memory.find(keys.seat(offeringId))?.holders?.M ?? {});
  if (holders.length > 0) yield `${offeringId} was called off, and ${holders.join(', ')} have places`;
  const sessions = [...memory.partition(undefined, `OFFERING#${offeringId}`)].flatMap((item) =>
    item.SK?.S?.startsWith('SESSION#') ? [Session.parse(unmarshall(item as Row))] : [],
  );
  for (const { sessionId, startsAt, status } of sessions) {
    const expected = startsAt <= at ? 'scheduled' : 'cancelled';
    if (status !== expected) yield `${sessionId} begins at ${startsAt}, its class was called off at ${at}: it is ${status}`;
  }
  for (const enrolment of enrolmentsOf(memory, offeringId)) {
    const { enrolmentId, pupilId, status, cancelReason, sessionCount, movedTo } = enrolment;
    if (!isFinal(status)) yield `${enrolmentId} is ${status} in ${offeringId}, which was called off`;
    // What was paid has gone along to the other class.
    if (!paid.has(enrolmentId) || movedTo) continue;
    if (status !== 'cancelled') yield `${enrolmentId} was paid for when its class was called off, and is ${status} for ${cancelReason}`;
    const item = memory.find(keys.receipt(pupilId, enrolmentId));
    const receipt = Receipt.parse(unmarshall((item ?? {}) as Row));
    const { feeFen, materialFen, parts = [receipt] } = receipt;
    const held = Math.min(sessionCount, sessions.filter((session) => session.startsAt <= at && isTheirs(enrolment, session)).length);
    const dueFen = Math.round((feeFen * (sessionCount - held)) / Math.max(1, sessionCount)) + materialFen;
    const owedFen = Math.max(dueFen, promised.get(enrolmentId) ?? 0);
    // What both guardians paid for it twice is another thing.
    const back = refundsOf(memory, enrolmentId).filter((refund) => parts.some(({ paymentId }) => paymentId === refund.paymentId));
    const backFen = back.reduce((sum, { status, amountFen }) => sum + (status === 'succeeded' ? amountFen : 0), 0);
    if (backFen !== owedFen) yield `${enrolmentId} was paid for when its class was called off: ${owedFen} was to come back, ${backFen} did`;
  }
}

function enrolmentsOf(memory: MemoryTable, offeringId: string): Enrolment[] {
  return memory
    .items()
    .flatMap((item) =>
      item.SK?.S?.startsWith('ENROLMENT#') && item.offeringId?.S === offeringId ? [Enrolment.parse(unmarshall(item as Row))] : [],
    );
}

function refundsOf(memory: MemoryTable, enrolmentId: string): StoredRefund[] {
  return memory
    .items()
    .flatMap((item) =>
      item.SK?.S === 'REFUND' && item.enrolmentId?.S === enrolmentId ? [StoredRefund.parse(unmarshall(item as Row))] : [],
    );
}
