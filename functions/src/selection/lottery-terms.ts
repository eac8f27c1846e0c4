/** What a school may say of a lottery, and when: drafts anything that fits together, published windows nothing but the hours of wishing. */
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Lottery, wrongLotteryHours } from '@kehou/shared/selection/lottery';
import type { Window } from '@kehou/shared/selection/window';
import type { Table } from '../platform/table.ts';
import { sealSecret } from './draw.repository.ts';

/** As a school says it: the hash of the secret is the server's to set. */
export function unsealed(lottery: Lottery | undefined): Lottery | undefined {
  return lottery?.seedSource.kind === 'secret' ? { ...lottery, seedSource: { kind: 'secret' } } : lottery;
}

/** With the secret's hash, which is published with the window. The same however often it is asked for. */
export async function sealed(table: Table, window: Window): Promise<Window> {
  const { lottery } = window;
  if (lottery?.seedSource.kind !== 'secret') return window;
  const hash = await sealSecret(table, window.windowId);
  return { ...window, lottery: { ...lottery, seedSource: { kind: 'secret', hash } } };
}

export function refuseWrongLottery(window: Pick<Window, 'opensAt' | 'closesAt' | 'lottery'>): void {
  const wrong = wrongLotteryHours(window);
  if (wrong) throw new DomainError(wrong === 'born-too-soon' ? 'window.value_too_soon' : 'window.wrong_hours');
}

/** What families have read is not changed behind them: how is drawn never, the hours not once wishing has begun. */
export function refuseLotteryChange(before: Window, input: Pick<Window, 'lottery' | 'opensAt' | 'closesAt'>, hasOpened: boolean): void {
  const same = JSON.stringify(canonical(before.lottery)) === JSON.stringify(canonical(input.lottery));
  const hoursMove = before.opensAt !== input.opensAt || before.closesAt !== input.closesAt;
  if (!same || (before.lottery && hasOpened && hoursMove)) throw new DomainError('window.not_editable', { status: before.status });
}

function canonical(lottery: Lottery | undefined): unknown {
  if (!lottery) return null;
  const { rounds, payHours, seedSource, firstCome } = lottery;
  const seed = seedSource.kind === 'public' ? [seedSource.name, seedSource.bornAt] : ['secret'];
  return [rounds, payHours, seed, firstCome ? [firstCome.opensAt, firstCome.closesAt] : null];
}
