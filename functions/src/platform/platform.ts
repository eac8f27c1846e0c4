/** Everything outside the rules that use cases may need. An area's use cases name the few of these they take. */
import type { Bank } from './bank.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Objects } from './objects.ts';
import type { PaymentBills } from './payment-bills.ts';
import type { PaymentProvider } from './payment-provider.ts';
import type { Table } from './table.ts';
import type { WeChat } from './wechat.ts';
import type { WorkflowClient } from './workflow-client.ts';

export interface Platform {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly workflows: WorkflowClient;
  readonly payments: PaymentProvider & PaymentBills;
  readonly bank: Bank;
  readonly wechat: WeChat;
  readonly objects: Objects;
  /** Symmetric keys, 32 bytes or more each: session tokens, the QR codes on show at a school, cursors and links. */
  readonly secrets: { readonly session: Uint8Array; readonly qr: Uint8Array };
  /** Families a second that a window lets in at its opening; as documented with `FAMILIES_PER_SECOND` where it is not said. */
  readonly familiesPerSecond?: number;
}
