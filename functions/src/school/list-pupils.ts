import { maskPhone } from '@kehou/shared/identity/person';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { pupilsOfSchool } from './pupil.repository.ts';

type Routes = typeof schoolRoutes;

const Holder = z.object({ personId: z.string() });

/** Pupils with the guardians of the roster, and whether each has signed in. One query and two reads of a hundred for each 25 to 100 pupils. */
export function listPupils({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['listPupils']>): Promise<ReplyOf<Routes['listPupils']>> => {
    const { items, cursor } = await pupilsOfSchool(table, input.schoolId, input);
    const guardians = items.flatMap((pupil) => pupil.rosterGuardians.map((guardian) => ({ pupilId: pupil.pupilId, ...guardian })));
    const holders = await getAll(
      table,
      guardians.map(({ phone }) => keys.phone(phone)),
      Holder,
    );
    const links = await getAll(
      table,
      guardians.flatMap(({ pupilId }, index) => {
        const holder = holders[index];
        return holder ? [keys.pupilGuardian(pupilId, holder.personId)] : [];
      }),
      Holder.extend({ pupilId: z.string() }),
    );
    const linked = new Set(links.flatMap((link) => (link ? [`${link.pupilId} ${link.personId}`] : [])));
    const shown = guardians.map(({ pupilId, name, phone }, index) => ({
      pupilId,
      name,
      phone: maskPhone(phone),
      linked: linked.has(`${pupilId} ${holders[index]?.personId}`),
    }));
    return {
      items: items.map((pupil) => ({ ...pupil, guardians: shown.filter(({ pupilId }) => pupilId === pupil.pupilId) })),
      cursor,
    };
  };
}
