/**
 * Numbers that a roster names no more, and the links that they brought: read before an import is accepted, to be shown, and again when its
 * rows are written, to be ended in the transaction that takes the number away.
 */
import { maskPhone } from '@kehou/shared/identity/person';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { PupilRow } from '@kehou/shared/school/school';
import { endLinkWrites, Guardian, withdrawChildWrites } from '../identity/guardian.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { absent, check, type Table, type Write } from '../platform/table.ts';
import { wordOfEndingWrites } from './keep-guardians.ts';
import type { RosterGuardian, StoredPupil } from './pupil.repository.ts';
import type { StoredImport } from './roster-import.repository.ts';

/** A number of a pupil's that goes: who has verified it, and what they are to the pupil. */
export interface Dropped {
  readonly guardian: RosterGuardian;
  readonly holderId: Id<'person'> | undefined;
  readonly link: Guardian | undefined;
}

/** The link came by this number alone, and ends with it; one that was approved on request stays. */
export function endsWith({ guardian, link }: Dropped): boolean {
  return link?.viaPhone === guardian.phone && link.viaRequest === undefined;
}

/**
 * For each row, the numbers of its pupil that it names no more. Nothing is read where none goes; else a read a hundred numbers and one a
 * hundred guardians.
 */
export async function droppedBy(
  table: Table,
  rows: readonly Pick<PupilRow, 'guardians'>[],
  known: readonly (StoredPupil | undefined)[],
): Promise<Dropped[][]> {
  const gone = rows.map(({ guardians }, index) =>
    guardians ? (known[index]?.rosterGuardians.filter(({ phone }) => !guardians.some((guardian) => guardian.phone === phone)) ?? []) : [],
  );
  // Each number once: brothers and sisters must be told of the same holder.
  const phones = [...new Set(gone.flat().map(({ phone }) => phone))];
  const holders = await getAll(
    table,
    phones.map((phone) => keys.phone(phone)),
    Guardian.pick({ personId: true }),
  );
  const holderOf = new Map(phones.map((phone, index) => [phone, holders[index]?.personId]));
  const pairs = gone.flatMap((guardians, index) =>
    guardians.flatMap(({ phone }) => {
      const holderId = holderOf.get(phone);
      return holderId ? [{ pupilId: known[index]?.pupilId ?? '', personId: holderId }] : [];
    }),
  );
  const links = await getAll(
    table,
    pairs.map(({ pupilId, personId }) => keys.pupilGuardian(pupilId, personId)),
    Guardian,
  );
  const linkOf = new Map(pairs.map(({ pupilId, personId }, index) => [`${pupilId}.${personId}`, links[index]]));
  return gone.map((guardians, index) =>
    guardians.map((guardian) => {
      const holderId = holderOf.get(guardian.phone);
      return { guardian, holderId, link: linkOf.get(`${known[index]?.pupilId}.${holderId}`) };
    }),
  );
}

/**
 * Takes the number away and ends what stands on it, with the word of it and its audit row. Fails when the number has another holder than was
 * read, or the link has changed: nobody loses a child unseen between reading and writing. Five items at most, and the check on the number,
 * which brothers and sisters share.
 */
export function dropWrites(
  dropped: Dropped,
  of: { readonly pupil: StoredPupil; readonly school: Organisation; readonly rosterImport: StoredImport; readonly at: Instant },
): Write[] {
  const { guardian, holderId, link } = dropped;
  const { pupil, school, rosterImport, at } = of;
  const { phone } = guardian;
  const held = check(keys.phone(phone), holderId ? { expression: '#personId = :holder', values: { holder: holderId } } : absent);
  const writes = [...withdrawChildWrites(phone, pupil.pupilId), held];
  if (!holderId) return writes;
  if (!link || !endsWith(dropped))
    return [...writes, check(keys.pupilGuardian(pupil.pupilId, holderId), link ? standsWithout(phone) : absent)];
  const actor: Pick<Actor, 'personId' | 'requestId'> = { personId: rosterImport.personId, requestId: rosterImport.requestId };
  return [
    ...writes,
    ...endLinkWrites(link, [], at),
    ...wordOfEndingWrites({
      pupil,
      school,
      personId: link.personId,
      guardianName: link.name ?? guardian.name,
      by: 'school',
      at,
      actor,
      details: { rosterImportId: rosterImport.rosterImportId, reason: '名册不再列出这个号码', phone: maskPhone(phone) },
    }),
  ];
}

const standsWithout = (phone: string) => ({ expression: 'attribute_exists(#viaRequest) OR #viaPhone <> :phone', values: { phone } });
