/** A school at the end of a month, for tests: sessions taught, a bank, people who approve, and the payout's steps driven by hand. */
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import type { ChinaMonth, Instant } from '@kehou/shared/kernel/time';
import type { Session } from '@kehou/shared/offering/offering';
import { recordWrite } from '../src/attendance/record.repository.ts';
import { decidePayout } from '../src/payout/decide-payout.ts';
import { getRun, type StoredRun } from '../src/payout/run.repository.ts';
import { startPayout } from '../src/payout/start-payout.ts';
import { type StoredStatement, statementsOf } from '../src/payout/statement.repository.ts';
import { type PayoutDeps, payoutTasks } from '../src/payout/tasks.ts';
import { silentLog } from '../src/platform/log.ts';
import type { Table } from '../src/platform/table.ts';
import { testTable } from './engine.ts';
import { type FakeBank, fakeBank, memoryObjects } from './fake-bank.ts';
import { actorOf, type TeachingOptions, type TeachingWorld, teachingWorld } from './teaching-world.ts';

export interface PayoutWorld {
  readonly world: TeachingWorld;
  readonly bank: FakeBank;
  readonly objects: ReturnType<typeof memoryObjects>;
  readonly schoolId: Id<'organisation'>;
  /** One officer each. */
  readonly officers: Readonly<Record<'school' | 'operator' | 'bureau', Actor>>;
  deps(table?: Table): PayoutDeps;
  /** Signed in and the roll called. */
  teach(session: Session): Promise<void>;
  start(month: string, table?: Table): Promise<StoredRun>;
  decide(month: string, who: keyof PayoutWorld['officers'], approve?: boolean, table?: Table): Promise<StoredRun>;
  run(month: string): Promise<StoredRun>;
  statements(month: string): Promise<StoredStatement[]>;
  /** Plays the state machine from its start until it would wait for a person or the bank, or has ended. */
  play(month: string, options?: { table?: Table; version?: number }): Promise<'approval' | 'bank' | 'end'>;
}

const month = (text: string) => text as ChinaMonth;
export const FIRST_OF_JANUARY = '2026-12-31T18:00:00.000Z' as Instant;

export async function payoutWorld(options: TeachingOptions): Promise<PayoutWorld> {
  const world = await teachingWorld(await testTable(), { classes: options.classes?.map((taught) => ({ pupils: 0, ...taught })) ?? [] });
  world.clock.set(FIRST_OF_JANUARY);
  const [bank, objects] = [fakeBank(), memoryObjects()];
  const schoolId = world.school.organisationId;
  const officers = {
    school: actorOf([{ organisationId: schoolId, role: 'school' }]),
    operator: actorOf([{ organisationId: world.operatorId, role: 'operator' }]),
    bureau: actorOf([{ organisationId: world.bureauId, role: 'bureau' }]),
  };
  const deps = (table: Table = world.table): PayoutDeps => ({
    table,
    clock: world.clock,
    bank,
    objects,
    log: silentLog,
    workflows: { start: async () => undefined, succeed: async () => true },
  });
  const run = async (of: string) => {
    const found = await getRun(world.table, schoolId, month(of));
    if (!found) throw new Error(`no run of ${of}`);
    return found;
  };
  return {
    world,
    bank,
    objects,
    schoolId,
    officers,
    deps,
    run,
    teach: async (session) => {
      await world.table.write([
        recordWrite(session, {
          set: {
            signedIn: { at: session.startsAt, late: false, by: 'qr' },
            rollCalledAt: session.startsAt,
            due: 10,
            present: 10,
            rollRevision: 1,
          },
        }),
      ]);
    },
    start: async (of, table) => {
      await startPayout(deps(table))({ schoolId, month: month(of) }, officers.school);
      return run(of);
    },
    decide: async (of, who, approve = true, table = world.table) => {
      await decidePayout(deps(table))({ schoolId, month: month(of), approve, note: approve ? undefined : '请核对课时' }, officers[who]);
      return run(of);
    },
    statements: (of) => statementsOf(world.table, { schoolId, month: month(of) }),
    play: async (of, { table, version } = {}) => {
      const tasks = payoutTasks(deps(table));
      const input = { schoolId, month: of, version: version ?? (await run(of)).version };
      const step = async (name: string, more: object = {}) => {
        const task = tasks[`payout.${name}`];
        if (!task) throw new Error(`no task ${name}`);
        return task({ ...input, ...more });
      };
      const { status, stale } = await step('count');
      if (stale === true || status === 'done') return 'end';
      if (status === 'approving') return 'approval';
      if (status === 'refused') {
        await step('release');
        return 'end';
      }
      await step('approve');
      return (await step('send')).done === true ? 'end' : 'bank';
    },
  };
}
