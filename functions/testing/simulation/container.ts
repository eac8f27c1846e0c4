/**
 * One container of the product: its own memory, its own client of the table, its own way to the provider, and its own death. Every
 * call that leaves it waits for its turn and may meet a fault that the seed draws. What was in flight when it died may still arrive.
 */
import {
  ProvisionedThroughputExceededException,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { billing, billingBackground } from '../../src/billing/index.ts';
import { messagingBackground } from '../../src/messaging/index.ts';
import { offeringBackground } from '../../src/offering/index.ts';
import type { Log } from '../../src/platform/log.ts';
import type { MemoryObjects } from '../../src/platform/memory-objects.ts';
import { clientOf } from '../../src/platform/memory-table.ts';
import type { Objects } from '../../src/platform/objects.ts';
import type { PaymentBills } from '../../src/platform/payment-bills.ts';
import { type PaymentProvider, ProviderUnavailable } from '../../src/platform/payment-provider.ts';
import { secretsOf } from '../../src/platform/secrets.ts';
import { Table } from '../../src/platform/table.ts';
import type { WeChat } from '../../src/platform/wechat.ts';
import type { WorkflowClient } from '../../src/platform/workflow-client.ts';
import { selection, selectionBackground } from '../../src/selection/index.ts';
import { supervisionBackground } from '../../src/supervision/index.ts';
import type { Background } from '../../src/use-cases.ts';
import type { FakePayments } from '../fake-payments.ts';
import { Crash, conflict } from '../faults.ts';
import { NO_WECHAT } from '../test-platform.ts';
import type { Machines } from './machines.ts';
import type { Scheduler } from './scheduler.ts';

/** How often each thing goes wrong: shares of calls, from 0 to 1. */
export interface FaultShares {
  readonly throttle: number;
  readonly conflict: number;
  /** The write is performed and its reply lost; the SDK sends it again. */
  readonly lost: number;
  /** The write is performed, and the caller learns of nothing but an error. */
  readonly lostForGood: number;
  readonly crash: number;
  /** The call hangs, for up to two minutes. */
  readonly stall: number;
  /** An eventually consistent read sees the table as it was some writes ago. */
  readonly behind: number;
  readonly providerDown: number;
  readonly providerDeaf: number;
}

export const NO_FAULTS: FaultShares = {
  throttle: 0,
  conflict: 0,
  lost: 0,
  lostForGood: 0,
  crash: 0,
  stall: 0,
  behind: 0,
  providerDown: 0,
  providerDeaf: 0,
};

/** What a container lives in. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly payments: FakePayments;
  readonly machines: Machines;
  readonly objects: MemoryObjects;
  /** The area of classes runs too: what a class leaves behind that is called off. */
  readonly withClasses: boolean;
  /** As the deployment says; absent: as the product says. */
  readonly familiesPerSecond: number | undefined;
  /** As they are now: they end before the run does. */
  faults(): FaultShares;
  perform(command: object, container: Container, writesBehind: number): object;
  /** A line that the product logged as an error. */
  logged(message: string, fields: Readonly<Record<string, unknown>>): void;
  count(what: string): void;
}

const SDK_TRIES_MAX = 5;
const STALL_SECONDS_MAX = 120;
const BEHIND_WRITES_MAX = 12;
const SECRET = new Uint8Array(32).fill(7);

export class Container {
  dead = false;
  /** Whose request it serves. */
  who = 'nobody';
  /** Where in the log of writes it last looked at the head of a waiting list, by class. */
  readonly looked = new Map<string, number>();
  readonly table: Table;
  readonly platform;
  readonly selection;
  readonly billing;
  /** What the stream's readers and the sweeper run. They are given no keys. */
  readonly background: readonly Background[];
  private readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
    const { scheduler } = around;
    this.table = new Table({
      name: 'simulated',
      client: clientOf((command) => this.call(command)),
      pause: (attempt) => scheduler.sleep(this.who, scheduler.below(10 * 2 ** attempt)),
    });
    this.platform = {
      table: this.table,
      clock: scheduler,
      log: this.log(),
      payments: this.provider(),
      workflows: this.workflows(),
      objects: this.objects(),
      secrets: { session: SECRET, qr: SECRET },
      ...(around.familiesPerSecond === undefined ? {} : { familiesPerSecond: around.familiesPerSecond }),
    };
    this.selection = selection({ ...this.platform, wechat: NO_WECHAT });
    this.billing = billing(this.platform);
    const unkeyed = { ...this.platform, secrets: secretsOf({}), wechat: this.wechat() };
    this.background = [
      ...(around.withClasses ? [offeringBackground(unkeyed)] : []),
      selectionBackground(unkeyed),
      billingBackground(unkeyed),
      messagingBackground(unkeyed),
      supervisionBackground(unkeyed),
    ];
  }

  /** A call of the table, through what the SDK does about throttling and lost replies. */
  private async call(command: object): Promise<object> {
    const { scheduler, count } = this.around;
    const what = describe(command);
    const isWrite = !what.startsWith('Get') && !what.startsWith('BatchGet') && !what.startsWith('Query');
    let performed: object | undefined;
    for (let attempt = 1; ; attempt++) {
      await this.leave(what, () => void (isWrite && this.perform(command)));
      const faults = this.around.faults();
      if (scheduler.chance(faults.throttle)) {
        count('fault throttle');
        if (attempt === SDK_TRIES_MAX || scheduler.chance(0.1))
          throw new ProvisionedThroughputExceededException({ message: 'injected', $metadata: {} });
        continue;
      }
      if (isWrite && scheduler.chance(faults.conflict)) {
        count('fault conflict');
        throw conflict(command.constructor.name, (command as { input?: unknown }).input);
      }
      // A transaction that is sent again carries the token of the first time: performed once, it is not performed anew.
      const reply = performed && command instanceof TransactWriteItemsCommand ? performed : this.perform(command);
      performed = reply;
      if (!isWrite) return reply;
      if (scheduler.chance(faults.crash)) this.die();
      if (scheduler.chance(faults.lostForGood)) {
        count('fault lost for good');
        throw Object.assign(new Error('socket hang up (injected)'), { name: 'TimeoutError', $metadata: {} });
      }
      if (!scheduler.chance(faults.lost) || attempt === SDK_TRIES_MAX) return reply;
      count('fault lost');
    }
  }

  private perform(command: object): object {
    const { scheduler, faults, perform } = this.around;
    const behind = command instanceof QueryCommand && scheduler.chance(faults().behind) ? scheduler.between(1, BEHIND_WRITES_MAX) : 0;
    return perform(command, this, behind);
  }

  /** Out of the container: wait for the turn, and perhaps die. `inFlight`: what may arrive of a call whose sender is dead. */
  private async leave(what: string, inFlight?: () => void): Promise<void> {
    const { scheduler, faults, count } = this.around;
    if (this.dead) throw new Crash('the process is dead');
    if (scheduler.chance(faults().stall)) {
      count('fault stall');
      await scheduler.sleep(this.who, scheduler.between(1, STALL_SECONDS_MAX) * 1000);
    }
    await scheduler.turn(this.who, what);
    if (!this.dead && scheduler.chance(faults().crash)) this.die();
    if (!this.dead) return;
    if (inFlight && scheduler.chance(0.5)) {
      try {
        inFlight();
      } catch {
        // Refused: nobody is there to be told.
      }
    }
    throw new Crash('the process is dead');
  }

  private die(): never {
    this.dead = true;
    this.around.count('fault crash');
    this.around.scheduler.trace(`${this.who} CRASH`);
    throw new Crash('the process died');
  }

  private provider(): PaymentProvider & PaymentBills {
    const { scheduler, faults, payments } = this.around;
    const through =
      <Input, Reply>(name: string, ask: (input: Input) => Promise<Reply>) =>
      async (input: Input): Promise<Reply> => {
        await this.leave(`provider ${name}`);
        if (scheduler.chance(faults().providerDown)) throw new ProviderUnavailable(`${name}: down`);
        const reply = await ask(input);
        if (this.dead || scheduler.chance(faults().crash)) this.die();
        if (scheduler.chance(faults().providerDeaf)) throw new ProviderUnavailable(`${name}: answer lost`);
        return reply;
      };
    return {
      prepay: through('prepay', (input) => payments.prepay(input)),
      queryPayment: through('queryPayment', (paymentId) => payments.queryPayment(paymentId)),
      closePayment: through('closePayment', (paymentId) => payments.closePayment(paymentId)),
      refund: through('refund', (input) => {
        const healthy = faults() === NO_FAULTS;
        payments.refundMode = healthy
          ? 'succeed'
          : scheduler.weighed({ succeed: 10, process: 5, abnormal: 1, closed: 1, 'not-enough-balance': 1 });
        return payments.refund(input);
      }),
      queryRefund: through('queryRefund', (refundId) => payments.queryRefund(refundId)),
      readNotice: (callback) => payments.readNotice(callback),
      tradeBill: (day) => payments.tradeBill(day),
      fundFlow: (day) => payments.fundFlow(day),
    };
  }

  private objects(): Objects {
    const { objects } = this.around;
    return {
      put: async (key, body) => {
        await this.leave(`put ${key}`, () => void objects.put(key, body));
        await objects.put(key, body);
      },
      get: async (key) => {
        await this.leave(`get ${key}`);
        return objects.get(key);
      },
      downloadUrl: (key, filename, seconds) => objects.downloadUrl(key, filename, seconds),
    };
  }

  private workflows(): WorkflowClient {
    const { machines } = this.around;
    return {
      start: async (workflow, name, input) => {
        await this.leave(`start ${name}`, () => machines.start(workflow, name, input));
        machines.start(workflow, name, input);
      },
      succeed: async (token) => {
        await this.leave('answer token', () => machines.succeed(token));
        return machines.succeed(token);
      },
    };
  }

  /** Pushes are extra: they come or they do not. */
  private wechat(): WeChat {
    const sendSubscriptionMessage: WeChat['sendSubscriptionMessage'] = async () => {
      await this.leave('push');
      if (this.around.scheduler.chance(this.around.faults().providerDown)) throw new Error('WeChat is down (injected)');
      return true;
    };
    return Object.assign(Object.create(NO_WECHAT) as WeChat, { sendSubscriptionMessage });
  }

  private log(): Log {
    const quiet = () => undefined;
    return { info: quiet, warn: quiet, error: (message, fields = {}) => this.around.logged(message, fields) };
  }
}

/** A call in a few words, for the trace. */
function describe(command: object): string {
  const { input } = command as { input: Record<string, unknown> };
  const name = command.constructor.name.replace(/Command$/, '');
  if (command instanceof TransactWriteItemsCommand) return `${name} ${(command.input.TransactItems ?? []).map(targetOf).join(', ')}`;
  const key = (input.Key ?? input.Item) as { PK?: { S?: string }; SK?: { S?: string } } | undefined;
  if (key)
    return `${name} ${key.PK?.S} ${key.SK?.S}${command instanceof UpdateItemCommand ? ` ${command.input.UpdateExpression} ${command.input.ExpressionAttributeNames?.['#me'] ?? ''}` : ''}`;
  if (command instanceof QueryCommand) return `${name} ${command.input.ExpressionAttributeValues?.[':pk']?.S}`;
  return name;
}

function targetOf(item: TransactWriteItem): string {
  const [[kind, write] = []] = Object.entries(item);
  const key = (write?.Key ?? write?.Item) as { PK?: { S?: string }; SK?: { S?: string } } | undefined;
  return `${kind} ${key?.PK?.S} ${key?.SK?.S}`;
}
