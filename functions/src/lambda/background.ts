/** What the areas do without a request, over one platform: all that the entry points without routes are made of. */
import { billingBackground } from '../billing/index.ts';
import { identityBackground } from '../identity/index.ts';
import { libraryBackground } from '../library/index.ts';
import { messagingBackground } from '../messaging/index.ts';
import { offeringBackground } from '../offering/index.ts';
import { payoutBackground } from '../payout/index.ts';
import type { Platform } from '../platform/platform.ts';
import { schoolBackground } from '../school/index.ts';
import { selectionBackground } from '../selection/index.ts';
import { supervisionBackground } from '../supervision/index.ts';
import type { Background, DueHandlers, Follower, Tasks } from '../use-cases.ts';

/** From the left to the right. */
export function assembleBackground(platform: Platform): readonly Background[] {
  return [
    identityBackground(platform),
    schoolBackground(platform),
    libraryBackground(platform),
    offeringBackground(platform),
    selectionBackground(platform),
    billingBackground(platform),
    payoutBackground(platform),
    supervisionBackground(platform),
    messagingBackground(platform),
  ];
}

/** Every workflow step by name; two of one name are a bug. */
export function tasksOf(parts: readonly Background[]): Tasks {
  return merged(parts.map((part) => part.tasks ?? {}));
}

/** What is due, by the sort key's prefix. */
export function dueHandlersOf(parts: readonly Background[]): DueHandlers {
  return merged(parts.map((part) => part.due ?? {}));
}

export function followersOf(parts: readonly Background[]): readonly Follower[] {
  return parts.flatMap((part) => part.followers ?? []);
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
