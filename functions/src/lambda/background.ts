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
import type { Background, DueHandlers, Follower } from '../use-cases.ts';
import { merged } from './merged.ts';

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

/** What is due, by the sort key's prefix. */
export function dueHandlersOf(parts: readonly Background[]): DueHandlers {
  return merged(parts.map((part) => part.due ?? {}));
}

export function followersOf(parts: readonly Background[]): readonly Follower[] {
  return parts.flatMap((part) => part.followers ?? []);
}
