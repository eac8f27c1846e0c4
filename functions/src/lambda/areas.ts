/** All areas over one platform, from the left to the right. */
import type { AreaName, areas } from '@kehou/shared/api';
import { attendance } from '../attendance/index.ts';
import { billing } from '../billing/index.ts';
import { identity } from '../identity/index.ts';
import { library } from '../library/index.ts';
import { messaging } from '../messaging/index.ts';
import { classesInFrame } from '../offering/classes-in-frame.ts';
import { offering } from '../offering/index.ts';
import { organisation } from '../organisation/index.ts';
import { payout } from '../payout/index.ts';
import type { Platform } from '../platform/platform.ts';
import { school } from '../school/index.ts';
import { selection } from '../selection/index.ts';
import { supervision } from '../supervision/index.ts';
import { teaching } from '../teaching/index.ts';
import type { Area } from '../use-cases.ts';

/** Use cases and all: what one process that serves every route is made of. An area of the contract that is missing does not compile. */
export function assembleAreas(platform: Platform): { readonly [Name in AreaName]: Area<(typeof areas)[Name]> } {
  return {
    organisation: organisation(platform),
    identity: identity(platform),
    school: school(platform, classesInFrame(platform)),
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
