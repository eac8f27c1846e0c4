/** All areas over one platform: what the entry points that serve no routes (tasks, stream, sweep, schedule) and tests are made of. */
import type { Routes } from '@kehou/shared/kernel/route';
import { attendance } from '../attendance/index.ts';
import { billing } from '../billing/index.ts';
import { identity } from '../identity/index.ts';
import { library } from '../library/index.ts';
import { messaging } from '../messaging/index.ts';
import { offering } from '../offering/index.ts';
import { organisation } from '../organisation/index.ts';
import { payout } from '../payout/index.ts';
import type { Platform } from '../platform/platform.ts';
import { school } from '../school/index.ts';
import { selection } from '../selection/index.ts';
import { supervision } from '../supervision/index.ts';
import { teaching } from '../teaching/index.ts';
import type { Area, DueHandlers, Follower, Tasks } from '../use-cases.ts';

export function assembleAreas(platform: Platform) {
  return {
    organisation: organisation(platform),
    identity: identity(platform),
    school: school(platform),
    library: library(platform),
    offering: offering(platform),
    selection: selection(platform),
    attendance: attendance(platform),
    billing: billing(platform),
    teaching: teaching(platform),
    payout: payout(platform),
    supervision: supervision(platform),
    messaging: messaging(platform),
  };
}
export type Areas = Readonly<Record<string, Area<Routes>>>;

/** Every workflow step by name; two of one name are a bug. */
export function tasksOf(areas: Areas): Tasks {
  return merged(Object.values(areas).map((area) => area.tasks ?? {}));
}

/** What is due, by the sort key's prefix. */
export function dueHandlersOf(areas: Areas): DueHandlers {
  return merged(Object.values(areas).map((area) => area.due ?? {}));
}

/** All followers, from the left to the right. */
export function followersOf(areas: Areas): readonly Follower[] {
  return Object.values(areas).flatMap((area) => area.followers ?? []);
}

function merged<T>(parts: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> {
  const all: Record<string, T> = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) {
      if (name in all) throw new Error(`two areas both bring ${name}`);
      all[name] = value;
    }
  }
  return all;
}
