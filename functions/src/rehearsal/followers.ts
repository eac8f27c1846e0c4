/** What follows a change in a rehearsal, as the stream's readers do: counts on the class page, and what comes free while somebody waits is offered. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import type { MemoryChange } from '../platform/memory-table.ts';
import type { Platform } from '../platform/platform.ts';
import { offerPlaces } from '../selection/offer-places.ts';
import { Seat } from '../selection/seat.repository.ts';
import { countWrite } from '../selection/window.repository.ts';
import type { Place } from './parents.ts';
import type { Stage } from './stage.ts';
import type { VirtualTime } from './virtual-time.ts';

/** From a commit to its reader. */
const STREAM_MS = 300;
const SEAT = 'SEAT#';

export class Followers {
  private readonly time: VirtualTime;
  private readonly stage: Stage;
  private readonly platform: Platform;
  private readonly onTheWay = new Set<string>();

  constructor(time: VirtualTime, stage: Stage, platform: Platform) {
    this.time = time;
    this.stage = stage;
    this.platform = platform;
  }

  /** Several changes of one seat in so short a time are read as one, as a batch of records is. */
  seatChanged({ key }: MemoryChange): void {
    const offeringId = key.PK.slice(SEAT.length);
    if (this.onTheWay.has(offeringId)) return;
    this.onTheWay.add(offeringId);
    this.time.spawn(async () => {
      await this.time.sleep(STREAM_MS);
      this.onTheWay.delete(offeringId);
      const { ground } = this.stage;
      const seat = await ground.mustGet(keys.seat(offeringId), Seat);
      await ground.tryWrite([countWrite(offeringId, seat)]);
      if (seat.waiting && Object.keys(seat.holders).length < seat.capacity) await this.offer(offeringId);
    });
  }

  private async offer(offeringId: string): Promise<void> {
    try {
      await offerPlaces(this.platform, offeringId);
    } catch (error) {
      // Too busy just now: the sweeper comes by every list.
      if (!(error instanceof DomainError)) throw error;
    }
  }
}

/** How many hold a place in a class now; `undefined`: the change is of something else. */
export function holdersIn({ key, after }: MemoryChange): { offeringId: string; holders: number } | undefined {
  if (key.SK !== 'SEAT' || !after) return undefined;
  return { offeringId: key.PK.slice(SEAT.length), holders: Object.keys(after.holders?.M ?? {}).length };
}

/** A place that a child was given by the draw, or from a waiting list; `undefined`: the change is of something else. */
export function givenBy({ key, before, after }: MemoryChange): { pupilId: string; place: Place } | undefined {
  if (!key.SK.startsWith('ENROLMENT#') || after?.status?.S !== 'held' || before?.status?.S === 'held') return undefined;
  const by = after.offer ? 'offer' : after.drawn ? 'draw' : undefined;
  const { enrolmentId, offeringId, holdUntil, pupilId } = after;
  if (!by || !pupilId?.S) return undefined;
  const place: Place = {
    enrolmentId: enrolmentId?.S as Id<'enrolment'>,
    offeringId: offeringId?.S as Id<'offering'>,
    holdUntil: holdUntil?.S as Instant,
    by,
  };
  return { pupilId: pupilId.S, place };
}
