/** Who is linked to a pupil, and ending a link: by the school for a reason, or by a guardian of their own accord. */
import { maskPhone, PersonName } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Instant } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import * as z from 'zod';
import { endLinkWrites, type Guardian, guardiansOf, promisesOf, stillGuardian } from '../identity/guardian.repository.ts';
import { getPerson, Person } from '../identity/person.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, put, set, type Table, type Write } from '../platform/table.ts';
import { StoredPupil } from './pupil.repository.ts';

type Routes = typeof schoolRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

const TRIES_MAX = 5;

/** That a link was ended: written with it, read by whoever tells people. */
export const Unlinked = z.object({
  pupilId: Id('pupil'),
  personId: Id('person'),
  pupilName: z.string(),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  guardianName: PersonName.optional(),
  at: Instant,
  by: z.enum(['school', 'self']),
});
export type Unlinked = z.infer<typeof Unlinked>;

/** Everyone linked to a pupil of this school. Two reads and a query. */
export function listGuardians({ table }: Deps) {
  return async (input: ParsedOf<Routes['listGuardians']>): Promise<ReplyOf<Routes['listGuardians']>> => {
    await mustBeOf(table, input);
    const guardians = await guardiansOf(table, input.pupilId);
    const people = await table.getMany(
      guardians.map(({ personId }) => keys.person(personId)),
      Person.pick({ name: true, phone: true }),
    );
    return {
      items: guardians.map(({ personId, name, relation, viaRequest }, index) => ({
        personId,
        name: name ?? people[index]?.name,
        phone: people[index]?.phone && maskPhone(people[index].phone),
        relation,
        via: viaRequest ? ('request' as const) : ('roster' as const),
      })),
    };
  };
}

/**
 * By the school. Ends the link in one transaction with the word of it and its audit row; from then on every route that asks whose child it
 * is refuses. About six round trips.
 */
export function unlinkGuardian(deps: Deps) {
  return async (input: ParsedOf<Routes['unlinkGuardian']>, actor: Actor): Promise<ReplyOf<Routes['unlinkGuardian']>> => {
    await mustBeOf(deps.table, input);
    await endLink(deps, input, actor, { by: 'school', reason: input.reason });
    return { unlinked: true };
  };
}

/** By the guardian, on condition that another one is still there when it is written. Throws `identity.last_guardian`. */
export function endGuardianship(deps: Deps) {
  return async (input: ParsedOf<Routes['endGuardianship']>, actor: Actor): Promise<ReplyOf<Routes['endGuardianship']>> => {
    const personId = Id('person').parse(actor.personId);
    await endLink(deps, { pupilId: input.pupilId, personId }, actor, { by: 'self' });
    return { unlinked: true };
  };
}

async function mustBeOf(table: Table, { schoolId, pupilId }: { schoolId: string; pupilId: string }): Promise<void> {
  const pupil = await table.get(keys.pupil(pupilId), StoredPupil);
  if (pupil?.schoolId !== schoolId) throw new DomainError('request.not_found');
}

interface Ending {
  readonly by: Unlinked['by'];
  readonly reason?: string;
}

async function endLink(
  deps: Deps,
  { pupilId, personId }: { readonly pupilId: Id<'pupil'>; readonly personId: Id<'person'> },
  actor: Actor,
  ending: Ending,
): Promise<void> {
  const { table } = deps;
  for (let attempt = 1; ; attempt++) {
    const guardians = await guardiansOf(table, pupilId);
    const link = guardians.find((each) => each.personId === personId);
    if (!link) {
      // Ended before: the same again, or the school and the guardian at once.
      if (await table.get(keys.unlinked(pupilId, personId), Unlinked)) return;
      throw new DomainError('request.not_found');
    }
    const other = guardians.find((each) => each.personId !== personId);
    if (ending.by === 'self' && !other) throw new DomainError('identity.last_guardian');
    try {
      await table.write([
        ...(await endingWrites(deps, link, actor, ending)),
        ...(ending.by === 'self' && other ? [stillGuardian(pupilId, other.personId)] : []),
      ]);
      return;
    } catch (error) {
      // The link, the roster or the other guardian has changed: look again.
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

async function endingWrites({ table, clock }: Deps, link: Guardian, actor: Actor, { by, reason }: Ending): Promise<Write[]> {
  const { pupilId, personId } = link;
  const [pupil, person] = await Promise.all([table.mustGet(keys.pupil(pupilId), StoredPupil), getPerson(table, personId)]);
  const school = await mustGetOrganisation(table, pupil.schoolId);
  // The number that brought the link, and the one that would bring it back.
  const phones = [...new Set([link.viaPhone, person?.phone].filter((phone) => phone !== undefined))];
  const promises = (await promisesOf(table, pupilId, phones)).filter((promise) => promise !== undefined);
  const at = clock.now();
  const onRoster = pupil.rosterGuardians.some(({ phone, unlinkedAt }) => phones.includes(phone) && !unlinkedAt);
  const rosterGuardians = pupil.rosterGuardians.map((guardian) =>
    phones.includes(guardian.phone) ? { ...guardian, unlinkedAt: guardian.unlinkedAt ?? at } : guardian,
  );
  return [
    ...endLinkWrites(link, promises, at),
    ...(onRoster
      ? [
          set(
            keys.pupil(pupilId),
            { rosterGuardians, version: pupil.version + 1 },
            { condition: { expression: '#version = :version', values: { version: pupil.version } } },
          ),
        ]
      : []),
    ...wordOfEndingWrites({
      pupil,
      school,
      personId,
      guardianName: link.name ?? person?.name,
      by,
      at,
      actor,
      details: { ...(reason ? { reason } : {}), ...(person?.phone ? { phone: maskPhone(person.phone) } : {}) },
    }),
  ];
}

/** What goes with the end of a link, whoever ends it: the word that people are told from, and the audit row. Two items. */
export function wordOfEndingWrites(ending: {
  readonly pupil: Pick<StoredPupil, 'pupilId' | 'name' | 'schoolId'>;
  readonly school: Pick<Organisation, 'name'>;
  readonly personId: Id<'person'>;
  readonly guardianName: Unlinked['guardianName'];
  readonly by: Unlinked['by'];
  readonly at: Instant;
  readonly actor: Pick<Actor, 'personId' | 'requestId'>;
  readonly details: Readonly<Record<string, unknown>>;
}): Write[] {
  const { pupil, school, personId, guardianName, by, at, actor, details } = ending;
  const { pupilId, name: pupilName, schoolId } = pupil;
  const unlinked: Unlinked = {
    pupilId,
    personId,
    pupilName,
    schoolId,
    schoolName: school.name,
    ...(guardianName ? { guardianName } : {}),
    at,
    by,
  };
  return [
    put(keys.unlinked(pupilId, personId), unlinked),
    auditWrite({
      organisationId: schoolId,
      at,
      actor,
      action: 'identity.guardian-unlinked',
      subject: `${pupilId}@${personId}`,
      details: { pupilId, personId, by, ...details },
    }),
  ];
}
