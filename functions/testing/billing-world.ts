/**
 * Families on selection night, with a provider and everything that works by itself: the sweeper, the stream's followers
 * and the refunds' state machines, each run when the test says so. `world.area(table)` is a process: hand it a failing
 * table, let it die, and go on with a healthy one.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Order } from '@kehou/shared/billing/order';
import { Refund } from '@kehou/shared/billing/refund';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addDays, type ChinaDate, chinaInstant, type Instant, type TimeOfDay } from '@kehou/shared/kernel/time';
import type { Offering, Session } from '@kehou/shared/offering/offering';
import type { SchoolSettings } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import * as z from 'zod';
import { billing } from '../src/billing/index.ts';
import { sessionIdOf, sessionItem } from '../src/offering/offering.repository.ts';
import { DUE_SHARDS, keys } from '../src/platform/keys.ts';
import { silentLog } from '../src/platform/log.ts';
import type { Objects } from '../src/platform/objects.ts';
import { put, type Table } from '../src/platform/table.ts';
import type { WorkflowClient } from '../src/platform/workflow-client.ts';
import { settingsWrite } from '../src/school/settings.repository.ts';
import { getEnrolment, type StoredEnrolment } from '../src/selection/enrolment.repository.ts';
import { FullMemory } from '../src/selection/full-memory.ts';
import { takeSeat } from '../src/selection/take-seat.ts';
import { reconcileSeat } from '../src/selection/tasks.ts';
import { TermsMemory } from '../src/selection/terms-memory.ts';
import { FakePayments } from './fake-payments.ts';
import { type SelectionWorld, selectionWorld, type WorldOptions } from './selection-world.ts';

type Billing = ReturnType<typeof billing>;
type UseCases = Billing['useCases'];
type Row = Record<string, unknown> & { PK: string; SK: string };

interface Machine {
  readonly refundId: string;
  readonly version: number;
  state: 'assess' | 'send' | 'check' | 'asking' | 'waiting' | 'done';
  token?: string;
  until?: Instant;
  failures: number;
}

export interface BillingWorldOptions extends WorldOptions {
  readonly refundApproval?: SchoolSettings['refundApproval'];
  readonly trialWeeks?: number;
}

export const FIRST_SESSION = '2026-11-30' as ChinaDate;

export class BillingWorld {
  readonly selection: SelectionWorld;
  readonly payments: FakePayments;
  /** One a pupil: mother of the first, of the second, … */
  readonly parents: readonly Actor[];
  readonly machines: Machine[] = [];
  readonly files = new Map<string, Uint8Array | string>();
  readonly #told = new Map<string, string>();
  #tokens = 0;

  constructor(selection: SelectionWorld, payments: FakePayments, parents: readonly Actor[]) {
    this.selection = selection;
    this.payments = payments;
    this.parents = parents;
  }

  get table(): Table {
    return this.selection.table;
  }
  get clock() {
    return this.selection.clock;
  }

  /** The area as a process sees it. */
  area(table: Table = this.table): Billing {
    return billing({
      table,
      clock: this.clock,
      log: silentLog,
      payments: this.payments,
      workflows: this.#workflows(),
      objects: this.#objects(),
      secrets: { session: new Uint8Array(32).fill(7), qr: new Uint8Array(32).fill(8) },
    });
  }

  use(table: Table = this.table): UseCases {
    return this.area(table).useCases;
  }

  pupil(index: number): Id<'pupil'> {
    return must(this.selection.pupils[index]).pupilId;
  }

  offering(index: number): Offering {
    return must(this.selection.offerings[index]);
  }

  parent(index: number): Actor {
    return must(this.parents[index]);
  }

  async takeSeat(pupil: number, offering = 0): Promise<StoredEnrolment> {
    const take = takeSeat({
      table: this.table,
      clock: this.clock,
      secrets: this.selection.secrets,
      full: new FullMemory(),
      terms: new TermsMemory(),
    });
    const taken = await take(
      {
        pupilId: this.pupil(pupil),
        enrolmentId: newId('enrolment'),
        offeringId: this.offering(offering).offeringId,
        windowId: this.selection.window.windowId,
      },
      this.parent(pupil),
    );
    return this.enrolment(taken);
  }

  async enrolment(of: { pupilId: string; enrolmentId: string }): Promise<StoredEnrolment> {
    return must(await getEnrolment(this.table, of.pupilId as Id<'pupil'>, of.enrolmentId as Id<'enrolment'>));
  }

  linesOf(enrolments: readonly StoredEnrolment[], withMaterialPack = false) {
    return enrolments.map(({ pupilId, enrolmentId }) => ({ pupilId, enrolmentId, withMaterialPack }));
  }

  /** Seats in a new order, by the first one's parent. */
  async order(enrolments: readonly StoredEnrolment[], options: { withMaterialPack?: boolean; by?: Actor } = {}): Promise<Order> {
    const by = options.by ?? this.parentOf(must(enrolments[0]));
    return Order.parse(
      await this.use().placeOrder({ orderId: newId('order'), lines: this.linesOf(enrolments, options.withMaterialPack) }, by),
    );
  }

  parentOf({ pupilId }: { pupilId: string }): Actor {
    return must(this.parents.find((parent) => parent.children.some((child) => child.pupilId === pupilId)));
  }

  async startPayment(orderId: string, by: Actor): Promise<string> {
    const reply = await this.use().startPayment({ orderId: orderId as Id<'order'>, provider: 'wechat' }, by);
    if (reply.status !== 'pay') throw new Error('paid already');
    return reply.paymentId;
  }

  /** A callback of the provider about a payment as it now stands there. */
  async callBack(paymentId: string, table: Table = this.table): Promise<void> {
    await this.notice({ kind: 'payment', paymentId, payment: await this.payments.queryPayment(paymentId) }, table);
  }

  async notice(content: unknown, table: Table = this.table, signature = 'genuine'): Promise<void> {
    await this.use(table).wechatPayNotice({ headers: { signature }, body: JSON.stringify(content) }, nobody);
  }

  /** Takes, orders and pays a seat, callback and all. */
  async paidSeat(pupil: number, offering = 0, options: { withMaterialPack?: boolean } = {}) {
    const enrolment = await this.takeSeat(pupil, offering);
    const order = await this.order([enrolment], options);
    const paymentId = await this.startPayment(order.orderId, this.parent(pupil));
    this.payments.pay(paymentId);
    await this.callBack(paymentId);
    return { enrolment: await this.enrolment(enrolment), order, paymentId };
  }

  /** A paid seat taken after the close: as one that the school lets in. */
  async paidSeatAfter(pupil: number, offering: number) {
    const now = this.clock.now();
    this.clock.set(this.selection.window.opensAt);
    const paid = await this.paidSeat(pupil, offering);
    this.clock.set(now);
    return paid;
  }

  /** Quotes and asks for it. */
  async requestRefund(enrolment: StoredEnrolment, refundId: Id<'refund'> = newId('refund')): Promise<Refund> {
    const where = { pupilId: enrolment.pupilId, enrolmentId: enrolment.enrolmentId };
    const { quoteToken } = await this.use().quoteRefund(where, this.parentOf(enrolment));
    return Refund.parse(await this.use().requestRefund({ ...where, refundId, quoteToken }, this.parentOf(enrolment)));
  }

  /** The sweeper: everything that is due by now, in every shard, through the area's due handlers. */
  async sweep(table: Table = this.table): Promise<void> {
    const handlers = this.area(table).due ?? {};
    for (let shard = 0; shard < DUE_SHARDS; shard++) {
      const due = await this.table.query(
        { index: 'GSI2', pk: keys.dueShard(shard), between: ['0', `${this.clock.now()}~`], limit: 1000 },
        z.looseObject({ PK: z.string(), SK: z.string() }),
      );
      for (const item of due.items) await handlers[item.SK.split('#')[0] ?? '']?.(item);
    }
  }

  /** The stream: every item that is new or has changed, told twice, as it may be. */
  async follow(table: Table = this.table): Promise<void> {
    const followers = this.area(table).followers ?? [];
    for (const after of (await this.scan()).filter(({ PK, SK }) => /^(LEDGER|REFUND)#/.test(PK) || SK === 'LEAVING' || SK === 'OFFERING')) {
      const content = JSON.stringify(after);
      if (this.#told.get(after.PK + after.SK) === content) continue;
      const approving = after.SK === 'REFUND' && after.status !== 'approving' ? { ...after, status: 'approving' } : undefined;
      for (const before of [undefined, approving]) {
        for (const follower of followers) await follower({ sequence: '1', keys: { PK: after.PK, SK: after.SK }, before, after });
      }
      this.#told.set(after.PK + after.SK, content);
    }
  }

  async scan(): Promise<Row[]> {
    const { Items = [] } = await this.table.client.send(new ScanCommand({ TableName: this.table.name, ConsistentRead: true }));
    return Items.map((item) => unmarshall(item) as Row);
  }

  /** Runs the refunds' state machines, as `refund.asl.json` has them, as far as they go at this instant. */
  async runMachines(table: Table = this.table): Promise<void> {
    const tasks = this.area(table).tasks ?? {};
    const run = async (machine: Machine, task: string, extra = {}) => {
      const { refundId, version } = machine;
      return must(tasks[`billing.${task}`])({ task: `billing.${task}`, refundId, version, ...extra });
    };
    for (const machine of this.machines) {
      for (let step = 0; step < 20 && machine.state !== 'done'; step++) {
        if (machine.state === 'asking') break;
        if (machine.state === 'waiting') {
          if (machine.until && machine.until > this.clock.now()) break;
          machine.state = 'check';
        }
        if (machine.state === 'assess') {
          const { next } = await run(machine, 'assessRefund');
          if (next === 'approve') await run(machine, 'approveRefund');
          else if (next === 'ask') {
            machine.token = `token-${++this.#tokens}`;
            machine.state = 'asking';
            await run(machine, 'askApproval', { token: machine.token });
          } else machine.state = next === 'send' ? 'send' : 'done';
          continue;
        }
        try {
          const { next, checkAt } = await run(machine, machine.state === 'send' ? 'sendRefund' : 'checkRefund');
          machine.state = next === 'wait' ? 'waiting' : 'done';
          machine.until = checkAt as Instant;
        } catch (error) {
          if ((error as Error).name === 'Crash') throw error;
          if (++machine.failures < 3) continue;
          await run(machine, 'parkRefund');
          machine.state = 'done';
        }
      }
    }
  }

  /** Everything that works by itself comes to rest. `settled`: the window is over, and nobody reconciles its seats any more. */
  async rest(options: { settled?: boolean } = {}): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await this.sweep();
      await this.follow();
      await this.runMachines();
    }
    await this.follow();
    if (options.settled) return;
    for (const { offeringId } of this.selection.offerings) await reconcileSeat(this.table, offeringId);
  }

  #workflows(): WorkflowClient {
    return {
      start: async (_workflow, name, input) => {
        const { refundId, version } = input as { refundId: string; version: number };
        if (name !== `${refundId}-v${version}`) throw new Error(`odd execution name ${name}`);
        if (this.machines.some((machine) => machine.refundId === refundId && machine.version === version)) return;
        this.machines.push({ refundId, version, state: 'assess', failures: 0 });
      },
      succeed: async (token) => {
        const machine = this.machines.find((candidate) => candidate.token === token && candidate.state === 'asking');
        if (!machine) return false;
        machine.state = 'assess';
        return true;
      },
    };
  }

  #objects(): Objects {
    return {
      put: async (key, body) => void this.files.set(key, body),
      get: async (key) => this.files.get(key) as Uint8Array | undefined,
      downloadUrl: async (key) => `https://files.example/${key}`,
    };
  }
}

const nobody: Actor = { personId: 'nobody', memberships: [], children: [], requestId: 'callback' };

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there');
  return value;
}

export async function billingWorld(table: Table, options: BillingWorldOptions = {}): Promise<BillingWorld> {
  const selection = await selectionWorld(table, options);
  const { organisationId } = selection.school;
  const parents = selection.pupils.map(
    (pupil): Actor => ({ personId: newId('person'), memberships: [], children: [pupil], requestId: 'test' }),
  );
  await table.write(
    parents.map((parent) =>
      put(keys.person(parent.personId), { personId: parent.personId, openId: `open-${parent.personId}`, createdAt: selection.clock.now() }),
    ),
  );
  for (const parent of parents) {
    await table.write(
      parent.children.map((child) => put(keys.personChild(parent.personId, child.pupilId), { ...child, personId: parent.personId })),
    );
  }
  await table.write([
    settingsWrite(organisationId, {
      ...defaultSettings,
      refundApproval: options.refundApproval ?? defaultSettings.refundApproval,
      trialWeeks: options.trialWeeks ?? 0,
    }),
  ]);
  for (const offering of selection.offerings)
    await table.write(
      sessionsOf(offering).map((session) => put(keys.session(offering.offeringId, session.sessionId), sessionItem(session))),
    );
  return new BillingWorld(selection, new FakePayments(selection.clock), parents);
}

/** People of a school, an operator, a bureau who may approve. */
export function official(role: 'school' | 'operator' | 'bureau', organisationId: string): Actor {
  return { personId: newId('person'), memberships: [{ organisationId, role }], children: [], requestId: `test-${role}` };
}

/** One a week from the first session on, as many as the offering says. */
export function sessionsOf(offering: Offering): Session[] {
  return Array.from({ length: offering.sessionCount }, (_, index) => {
    const date = addDays(FIRST_SESSION, 7 * index);
    return {
      sessionId: sessionIdOf(offering.offeringId, date, 1),
      offeringId: offering.offeringId,
      schoolId: offering.schoolId,
      number: index + 1,
      date,
      period: 1,
      startsAt: chinaInstant(date, '16:30' as TimeOfDay),
      endsAt: chinaInstant(date, '17:20' as TimeOfDay),
      courseName: offering.courseName,
      roomName: offering.roomName,
      instructorId: offering.instructorId,
      instructorName: offering.instructorName,
      status: 'scheduled',
    };
  });
}
