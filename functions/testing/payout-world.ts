/** A school at the end of a month, for tests: sessions taught, a bank, people who approve, and the payout's steps driven by hand. */
import { SettlementBreak } from '@kehou/shared/billing/break';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { type ChinaMonth, chinaDate, type Instant } from '@kehou/shared/kernel/time';
import type { Session } from '@kehou/shared/offering/offering';
import { recordWrite, signWrite } from '../src/attendance/record.repository.ts';
import { closeBreak } from '../src/billing/close-break.ts';
import { type LedgerInput, ledgerWrites } from '../src/billing/ledger.repository.ts';
import { StoredPayment } from '../src/billing/order.repository.ts';
import { recomputeLedger } from '../src/billing/recompute-ledger.ts';
import { decidePayout } from '../src/payout/decide-payout.ts';
import { getRun, type StoredRun } from '../src/payout/run.repository.ts';
import { startPayout } from '../src/payout/start-payout.ts';
import { type StoredStatement, statementsOf } from '../src/payout/statement.repository.ts';
import { type PayoutDeps, payoutTasks } from '../src/payout/tasks.ts';
import { keys } from '../src/platform/keys.ts';
import { silentLog } from '../src/platform/log.ts';
import { put, type Table } from '../src/platform/table.ts';
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
  /** Parents pay so much; `settled`: the provider has passed it on to the supervised account. As the books have it, not yet counted. */
  feesCameIn(feesFen: number, options?: { settled?: boolean }): Promise<void>;
  /** The provider passes on what was paid. */
  settled(feesFen: number): Promise<void>;
  /** The bill has a line that the books do not: the school's, or nobody's. */
  breakOpens(schoolId?: Id<'organisation'>): Promise<SettlementBreak>;
  /** The operator closes it. */
  breakCloses(found: SettlementBreak): Promise<void>;
  /** Signed in and the roll called. */
  teach(session: Session): Promise<void>;
  start(month: string, table?: Table): Promise<StoredRun>;
  decide(month: string, who: keyof PayoutWorld['officers'], approve?: boolean, table?: Table): Promise<StoredRun>;
  run(month: string): Promise<StoredRun>;
  statements(month: string): Promise<StoredStatement[]>;
  /** Plays the state machine from its start until it would wait for a person or the bank, is blocked, or has ended. */
  play(month: string, options?: { table?: Table; version?: number }): Promise<'approval' | 'bank' | 'blocked' | 'end'>;
}

const month = (text: string) => text as ChinaMonth;
const FIRST_OF_DECEMBER = '2026-11-30T18:00:00.000Z' as Instant;
export const FIRST_OF_JANUARY = '2026-12-31T18:00:00.000Z' as Instant;

/** More than any test's payout: a school's fund is seldom what a month fails on. */
const FEES_FEN = 1_000_000;

export async function payoutWorld({ feesFen = FEES_FEN, ...options }: TeachingOptions & { feesFen?: number }): Promise<PayoutWorld> {
  const world = await teachingWorld(await testTable(), { classes: options.classes?.map((taught) => ({ pupils: 0, ...taught })) ?? [] });
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
  const booked = async (reason: LedgerInput['reason'], subject: string, entries: LedgerInput['entries']) =>
    world.table.write(ledgerWrites({ id: `${reason}#${subject}`, schoolId, at: world.clock.now(), reason, subject, entries }));
  const settled = async (amountFen: number) =>
    booked('settlement', newId('payment'), [
      { account: 'bank', amountFen },
      { account: 'transit', amountFen: -amountFen },
    ]);
  const feesCameIn = async (amountFen: number, { settled: passedOn = true } = {}) => {
    const [paymentId, orderId, at] = [newId('payment'), newId('order'), world.clock.now()];
    const payment = StoredPayment.parse({
      paymentId,
      orderId,
      schoolId,
      provider: 'wechat',
      amountFen,
      status: 'paid',
      createdAt: at,
      paidAt: at,
      personId: newId('person'),
      payer: 'open',
      expiresAt: at,
    });
    await world.table.write([put(keys.payment(orderId, paymentId), payment)]);
    await booked('payment', paymentId, [
      { account: 'transit', amountFen },
      { account: 'fund', amountFen: -amountFen },
    ]);
    if (passedOn) await settled(amountFen);
  };
  world.clock.set(FIRST_OF_DECEMBER);
  if (feesFen > 0) await feesCameIn(feesFen);
  // The stream has counted them long before anybody is paid.
  const december = month('2026-12');
  await recomputeLedger(world.table, schoolId, { from: december, to: december }, { repair: true });
  world.clock.set(FIRST_OF_JANUARY);
  return {
    feesCameIn,
    settled,
    breakOpens: async (ofSchool) => {
      const [breakId, date] = [newId('settlementBreak'), chinaDate(world.clock.now())];
      const open = SettlementBreak.parse({
        breakId,
        date,
        providerId: `wx-${breakId}`,
        kind: ofSchool ? 'amount-differs' : 'unknown',
        direction: 'in',
        billFen: 500,
        booksFen: ofSchool ? 400 : 0,
        schoolId: ofSchool,
        foundAt: world.clock.now(),
        status: 'open',
      });
      await world.table.write([put(keys.settlementBreak(date, breakId), { ...open, ...keys.openBreaks(date, breakId) })]);
      return open;
    },
    breakCloses: async ({ date, breakId }) => {
      const input = { organisationId: world.operatorId, date, breakId, reason: '已与渠道核对' };
      await closeBreak(deps())(input, officers.operator);
    },
    world,
    bank,
    objects,
    schoolId,
    officers,
    deps,
    run,
    teach: async (session) => {
      await world.table.write([signWrite(session, 'signedIn', { at: session.startsAt, late: false, by: 'qr' })]);
      await world.table.write([
        recordWrite(session, {
          set: {
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
      const { version, totalFen } = await run(of);
      const note = approve ? undefined : '请核对课时';
      await decidePayout(deps(table))({ schoolId, month: month(of), approve, note, version, totalFen }, officers[who]);
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
      const { status: approved } = await step('approve');
      if (approved === 'blocked') return 'blocked';
      const sent = await step('send');
      if (sent.blocked === true) return 'blocked';
      return sent.done === true ? 'end' : 'bank';
    },
  };
}
