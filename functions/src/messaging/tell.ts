/** Tells people something: into the inbox, once a cause and person; and by WeChat's own push where they agreed to it. */
import { chinaDate, type Instant, timeOfDay } from '@kehou/shared/kernel/time';
import { subscriptionTemplates } from '@kehou/shared/messaging/templates';
import type { Told } from '@kehou/shared/messaging/words';
import { getPerson } from '../identity/person.repository.ts';
import { inLanes } from '../platform/in-lanes.ts';
import type { Platform } from '../platform/platform.ts';
import { deliverWrites } from './inbox.repository.ts';

export type TellDeps = Pick<Platform, 'table' | 'clock' | 'log' | 'wechat'>;

const LANES = 8;

/** Idempotent: who was told of this cause is not told again. A transaction a person; a push costs a read and a call to WeChat. */
export async function tell(deps: TellDeps, personIds: Iterable<string>, cause: string, told: Told): Promise<void> {
  await inLanes([...new Set(personIds)], LANES, (personId) => tellOne(deps, personId, cause, told));
}

async function tellOne(deps: TellDeps, personId: string, cause: string, told: Told): Promise<void> {
  const at = deps.clock.now();
  if (await deps.table.tryWrite(deliverWrites(personId, cause, told, at))) return;
  await push(deps, personId, told, at);
}

/** Best effort: the inbox carries what must arrive. */
async function push({ table, wechat, log }: TellDeps, personId: string, told: Told, at: Instant): Promise<void> {
  const template = subscriptionTemplates[told.kind];
  if (!template) return;
  try {
    const person = await getPerson(table, personId);
    if (!person) return;
    await wechat.sendSubscriptionMessage({
      openId: person.openId,
      template,
      page: pathOf(told.page ?? 'entry/start'),
      data: { thing1: told.zh.title, thing2: told.zh.body, time3: `${chinaDate(at)} ${timeOfDay(at)}` },
    });
  } catch (error) {
    log.warn('a subscription message was not sent', { kind: told.kind, name: (error as Error).name, message: (error as Error).message });
  }
}

/** `parent/home?a=b` → the page's path in the mini-program, `parent/home/index?a=b`. */
function pathOf(page: string): string {
  const [screen, query] = page.split('?');
  return `${screen}/index${query ? `?${query}` : ''}`;
}
