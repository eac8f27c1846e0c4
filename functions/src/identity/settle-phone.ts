/**
 * Brings a number's links in line with what is promised to it and who has verified it. Everything that can change either
 * (an import, a grant, a revocation, a number that moves) only commits its own fact; this runs after, from the use case so
 * that it shows at once and from the stream so that it happens whatever dies. Each transaction checks that the facts which
 * it acts on still hold, so it may run twice, late, or at once with itself.
 */
import { Child } from '@kehou/shared/identity/person';
import type { Membership } from '@kehou/shared/kernel/route';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { absent, type Condition, ConditionFailed, check, present, type Table, update, type Write } from '../platform/table.ts';
import type { Change, Follower } from '../use-cases.ts';
import { linkChildWrites, PromisedChild, unlinkPhoneChildWrites } from './guardian.repository.ts';
import { CHILDREN_MAX, type PersonView, personOfPhone, ROLES_MAX, readPerson } from './person.repository.ts';
import { dropRoleWrites, holdRoleWrites, PromisedRole } from './role.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock' | 'log'>;

const TRIES_MAX = 5;
/** Three items each and two more: well under a transaction's hundred. */
const BATCH = 30;

/**
 * `former`: who held the number before, when it has just moved. Idempotent. Nobody behind the number: one read; else five
 * reads and a transaction for each thirty links that change.
 */
export async function settlePhone(deps: Deps, phone: string, former?: string | undefined): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await settleOnce(deps, phone, former);
      return;
    } catch (error) {
      // What it acted on has changed meanwhile: look again.
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

/** What the number promises, and each link that stands on it. */
interface Promised {
  readonly children: readonly PromisedChild[];
  readonly roles: readonly PromisedRole[];
}

async function settleOnce(deps: Deps, phone: string, former: string | undefined): Promise<void> {
  const { table } = deps;
  const holderId = await personOfPhone(table, phone);
  if (holderId) {
    const [holder, promised] = await Promise.all([readPerson(table, holderId), promisedTo(deps, phone)]);
    if (holder) {
      await commit(table, link(deps, holder, phone, promised), heldBy(phone, holderId));
      await commit(table, await unlinkUnpromised(table, holder, phone, promised));
    }
  }
  if (former && former !== holderId) {
    const loser = await readPerson(table, former);
    if (loser) await commit(table, unlinkAll(loser, phone), heldByOther(phone, former));
  }
}

async function promisedTo({ table, log }: Deps, phone: string): Promise<Promised> {
  const { pk } = keys.phonePartition(phone);
  const [children, roles] = await Promise.all([
    table.query({ pk, beginsWith: 'CHILD#', limit: CHILDREN_MAX, consistent: true }, PromisedChild),
    table.query({ pk, beginsWith: 'ROLE#', limit: ROLES_MAX, consistent: true }, PromisedRole),
  ]);
  if (children.cursor) log.warn('a number is promised more children than a family has', { childrenMax: CHILDREN_MAX });
  return { children: children.items, roles: roles.items };
}

/** One link made or undone: a few writes that belong together. */
type Step = readonly Write[];

/** Promised, and not undone since. */
const promisedStill: Condition = { expression: 'attribute_exists(PK) AND attribute_not_exists(#unlinkedAt)' };

function link({ clock }: Deps, holder: PersonView, phone: string, promised: Promised): Step[] {
  const { personId } = holder.person;
  const at = clock.now();
  const children = promised.children
    .filter((child) => {
      if (child.unlinkedAt) return false;
      const linked = holder.children.find((each) => each.pupilId === child.pupilId);
      return linked?.viaPhone !== phone || !sameCard(linked, child);
    })
    .map((child) => [
      check(keys.phoneChild(phone, child.pupilId), promisedStill),
      ...linkChildWrites({ personId, child, via: { viaPhone: phone }, name: child.guardianName, relation: child.relation, at }),
    ]);
  const roles = promised.roles
    .filter(
      (role) =>
        !holder.roles.some(
          (held) => held.viaPhone === phone && sameMembership(held, role) && held.organisationName === role.organisationName,
        ),
    )
    .map((role) => [check(keys.phoneRole(phone, role.organisationId, role.role), present), ...holdRoleWrites(personId, role)]);
  const steps: Step[] = [...children, ...roles];
  const name = holder.person.name
    ? undefined
    : (promised.roles[0]?.name ?? promised.children.find((child) => child.guardianName)?.guardianName);
  if (name)
    steps.push([update(keys.person(personId), 'SET #name = if_not_exists(#name, :name)', { values: { name }, condition: present })]);
  return steps;
}

async function unlinkUnpromised(table: Table, holder: PersonView, phone: string, promised: Promised): Promise<Step[]> {
  const { personId } = holder.person;
  const children = holder.children.filter(
    (child) => child.viaPhone === phone && !promised.children.some((each) => each.pupilId === child.pupilId),
  );
  const roles = holder.roles.filter((held) => held.viaPhone === phone && !promised.roles.some((each) => sameMembership(held, each)));
  // Beyond the first page of promises there may be more: what is promised there stays.
  const kept = await table.getMany([...children.map((child) => keys.phoneChild(phone, child.pupilId))], PromisedChild);
  return [
    ...children
      .filter((_, index) => kept[index] === undefined)
      .map((child) => [check(keys.phoneChild(phone, child.pupilId), absent), ...unlinkPhoneChildWrites(personId, phone, child)]),
    ...roles.map((held) => [
      check(keys.phoneRole(phone, held.organisationId, held.role), absent),
      ...dropRoleWrites(personId, phone, held),
    ]),
  ];
}

function unlinkAll(loser: PersonView, phone: string): Step[] {
  const { personId } = loser.person;
  return [
    ...loser.children.filter((child) => child.viaPhone === phone).map((child) => unlinkPhoneChildWrites(personId, phone, child)),
    ...loser.roles.filter((held) => held.viaPhone === phone).map((held) => dropRoleWrites(personId, phone, held)),
  ];
}

/** Commits in transactions of whole steps, each under the same guard. */
async function commit(table: Table, steps: readonly Step[], guard?: Write): Promise<void> {
  for (let start = 0; start < steps.length; start += BATCH) {
    const writes = steps.slice(start, start + BATCH).flat();
    await table.write(guard ? [...writes, guard] : writes);
  }
}

function heldBy(phone: string, personId: string): Write {
  return check(keys.phone(phone), { expression: '#personId = :holder', values: { holder: personId } });
}

function heldByOther(phone: string, personId: string): Write {
  const condition: Condition = { expression: 'attribute_not_exists(PK) OR #personId <> :former', values: { former: personId } };
  return check(keys.phone(phone), condition);
}

function sameCard(one: Child, other: Child): boolean {
  return JSON.stringify(Child.parse(one)) === JSON.stringify(Child.parse(other));
}

function sameMembership(one: Membership, other: Membership): boolean {
  return one.organisationId === other.organisationId && one.role === other.role;
}

/** From the stream: a number was verified, moved or let go, or something promised to it has changed. */
export function followPhones(deps: Deps): Follower {
  return async ({ keys: { PK, SK }, before, after }: Change): Promise<void> => {
    if (!PK.startsWith('PHONE#')) return;
    const phone = PK.slice('PHONE#'.length);
    if (SK !== 'PHONE') return settlePhone(deps, phone);
    const former = before?.personId;
    if (typeof former === 'string' && former !== after?.personId) return settlePhone(deps, phone, former);
    if (former === undefined) return settlePhone(deps, phone);
  };
}
