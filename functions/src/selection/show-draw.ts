/** A draw as everybody may see it, and one child's part of it, with proof. */
import { DomainError } from '@kehou/shared/kernel/errors';
import { merkleProof } from '@kehou/shared/kernel/merkle';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Pupil } from '@kehou/shared/school/school';
import type { DrawResult } from '@kehou/shared/selection/draw';
import { type DrawFile, entryOf } from '@kehou/shared/selection/draw-file';
import type { NotGiven } from '@kehou/shared/selection/lottery';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { Window } from '@kehou/shared/selection/window';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { getChoice, getDraw, type StoredDraw } from './draw.repository.ts';
import { drawFileUrl, readDrawFile } from './draw-objects.ts';

type Routes = typeof selectionRoutes;
type ShowDeps = Pick<Platform, 'table' | 'objects'>;

const LINK_SECONDS = 600;
/** Draws that a container remembers: all families of a school look at one draw in the same hour. */
const REMEMBERED_MAX = 4;

type Known = { readonly file: DrawFile; readonly result?: DrawResult };

/** A container's memory of files that it has checked; a file never changes. */
export class DrawMemory {
  private readonly known = new Map<string, Known>();

  async read(objects: ShowDeps['objects'], draw: StoredDraw): Promise<Known> {
    const key = `${draw.commitment} ${draw.seed ?? ''}`;
    const there = this.known.get(key);
    if (there) return there;
    const read = await readDrawFile(objects, draw);
    const [oldest] = this.known.keys();
    if (this.known.size >= REMEMBERED_MAX && oldest !== undefined) this.known.delete(oldest);
    this.known.set(key, read);
    return read;
  }
}

/** What is published, and a link to the file. Two reads. */
export function getDrawShown({ table, objects }: ShowDeps) {
  return async ({ windowId }: ParsedOf<Routes['getDraw']>, _actor: Actor): Promise<ReplyOf<Routes['getDraw']>> => {
    const draw = await getDraw(table, windowId);
    if (!draw) throw new DomainError('request.not_found');
    return { draw, fileUrl: await drawFileUrl(objects, draw, LINK_SECONDS) };
  };
}

/** The child's entry, the proof that it was in the list, and each of its turns. Four reads, and the file where it is not remembered. */
export function getChildDraw({ table, objects, draws }: ShowDeps & { readonly draws: DrawMemory }) {
  return async ({ pupilId, windowId }: ParsedOf<Routes['getChildDraw']>, _actor: Actor): Promise<ReplyOf<Routes['getChildDraw']>> => {
    const [draw, window, pupil, wish] = await Promise.all([
      getDraw(table, windowId),
      table.mustGet(keys.window(windowId), Window),
      table.mustGet(keys.pupil(pupilId), Pupil),
      getChoice(table, windowId, pupilId),
    ]);
    if (!draw) throw new DomainError('request.not_found');
    if (pupil.schoolId !== window.schoolId) throw new DomainError('selection.other_school', { schoolName: window.schoolName });
    if (!wish) return { draw, steps: [] };
    const { file, result } = await draws.read(objects, draw);
    const { entrant } = wish.receipt;
    const index = file.entries.findIndex((line) => line.startsWith(`["${entrant}",`));
    const canonical = file.entries[index];
    // Left out at the close, as everybody who was off the roster then; restored since or not.
    if (canonical === undefined) return { draw, notListed: wish.offeringIds.length === 0 ? 'withdrawn' : 'off-roster', steps: [] };
    const { tickets, group } = entryOf(canonical);
    const names = new Map(file.classes.map(({ offeringId, courseName }) => [offeringId, courseName]));
    const named = (offeringId: string) => ({ offeringId, courseName: names.get(offeringId) ?? '' });
    const notGiven = new Map<string, NotGiven>((wish.notGiven ?? []).map(({ offeringId, why }) => [offeringId, why]));
    const drawnFor = (offeringId: string) => {
      const why = notGiven.get(offeringId);
      return { ...named(offeringId), ...(why ? { notGiven: why } : {}) };
    };
    const place = result && result.order.indexOf(entrant) + 1;
    return {
      draw,
      entry: { canonical, index, proof: merkleProof(file.entries, index), tickets, together: group !== entrant },
      ...(place ? { place } : {}),
      steps: (result?.turns ?? [])
        .filter((turn) => turn.entrant === entrant)
        .map(({ round, turn, passed, got }) => ({
          round,
          turn,
          passed: passed.map(({ offeringId, why }) => ({ ...named(offeringId), why })),
          ...(got === undefined ? {} : { got: drawnFor(got) }),
        })),
    };
  };
}
