/**
 * The frame in which a school's classes stand: its periods, terms, calendar and rooms. Whoever changes it asks first what stands in
 * it, and whoever puts a class into it does so on the frame that they read. One small item a school keeps the two apart: `frame`
 * rises with the one, `classes` with the other.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import type { CalendarDay, Room, SchoolSettings, Term } from '@kehou/shared/school/school';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, type Table, update, type Write } from '../platform/table.ts';
import { redatingWrite } from './redating.ts';

export const Frame = z.object({ frame: z.int().default(0), classes: z.int().default(0) });
export type Frame = z.infer<typeof Frame>;

/** What is about to change, as it would be. */
export interface FrameChange {
  readonly schoolId: Id<'organisation'>;
  readonly settings?: SchoolSettings;
  readonly term?: Term;
  /** `null`: the school's own correction is taken back. */
  readonly day?: { readonly date: ChinaDate; readonly day: CalendarDay | null };
  readonly room?: Room;
}

/** What the classes have to take with the change: `ahead` of it (too much for one transaction; taking more than needed), or `along` with it. */
export interface FrameClaims {
  readonly ahead: readonly Write[];
  readonly along: readonly Write[];
}

/** The classes, as the frame sees them: the offering area brings it. */
export interface ClassesInFrame {
  /** Throws `school.classes_clash`, `school.room_in_use`. */
  judge(change: FrameChange): Promise<FrameClaims>;
}

/** `isNew`: no class stands in it yet. */
interface OwnChange {
  readonly writes: readonly Write[];
  readonly isNew?: boolean;
}

export type FrameDeps = Pick<Platform, 'table' | 'clock'> & { readonly classes: ClassesInFrame };

const TRIES_MAX = 5;
const TRANSACTION_ITEMS_MAX = 100;
/** A process that dies between claiming ahead and changing the frame leaves too much claimed for so long. Minutes. */
const ABANDONED_MINUTES = 2;

export async function frameOf(table: Table, schoolId: Id<'organisation'>): Promise<Frame> {
  return (await table.get(keys.frame(schoolId), Frame)) ?? { frame: 0, classes: 0 };
}

const still = (field: keyof Frame, value: number) => (value === 0 ? `attribute_not_exists(#${field})` : `#${field} = :seen_${field}`);
const seen = (field: keyof Frame, value: number) => (value === 0 ? {} : { [`seen_${field}`]: value });

/** A class takes or changes its place in the frame: fails when the frame has changed since it was read. */
export function enterFrameWrite(schoolId: Id<'organisation'>, { frame }: Frame): Write {
  return update(keys.frame(schoolId), 'ADD #classes :one', {
    values: { one: 1 },
    condition: { expression: still('frame', frame), values: seen('frame', frame) },
  });
}

/** The frame changes: fails when it, or a class's place in it, has changed since they were read. */
function moveFrameWrite(schoolId: Id<'organisation'>, { frame, classes }: Frame): Write {
  return update(keys.frame(schoolId), 'ADD #frame :one', {
    values: { one: 1 },
    condition: {
      expression: `${still('frame', frame)} AND ${still('classes', classes)}`,
      values: { ...seen('frame', frame), ...seen('classes', classes) },
    },
  });
}

/**
 * Changes the frame in one transaction with what its classes have to take for it, or changes nothing. `own` reads what is there and says
 * what to write; `undefined`: nothing is to be done. Where the claims are too many for one transaction they are made ahead: a process that
 * dies there has changed nothing that anybody sees, asking again finishes it, and what was claimed too much is given back by the dating.
 */
export async function changeFrame(
  { table, clock, classes }: FrameDeps,
  change: FrameChange,
  own: () => Promise<OwnChange | undefined>,
): Promise<void> {
  const { schoolId } = change;
  for (let attempt = 1; ; attempt++) {
    const frame = await frameOf(table, schoolId);
    const mine = await own();
    if (!mine) return;
    const { ahead, along } = mine.isNew ? { ahead: [], along: [] } : await classes.judge(change);
    try {
      if (ahead.length > 0) await table.write([redatingWrite(schoolId, clock.now(), { afterMinutes: ABANDONED_MINUTES })]);
      for (let start = 0; start < ahead.length; start += TRANSACTION_ITEMS_MAX) {
        await table.write(ahead.slice(start, start + TRANSACTION_ITEMS_MAX));
      }
      await table.write([
        ...mine.writes,
        moveFrameWrite(schoolId, frame),
        ...(mine.isNew ? [] : [redatingWrite(schoolId, clock.now())]),
        ...along,
      ]);
      return;
    } catch (error) {
      // A class, an instructor's timetable or the frame itself has changed meanwhile: look again.
      if (!(error instanceof ConditionFailed)) throw error;
      if (attempt >= TRIES_MAX) throw new DomainError('request.busy');
    }
  }
}
