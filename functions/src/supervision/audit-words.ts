/** From rows of the audit trail to what people can read: ids become names, and only known details are told. */
import type { Fen } from '@kehou/shared/kernel/fen';
import { AuditChange, AuditField, AuditRow } from '@kehou/shared/organisation/audit';
import * as z from 'zod';
import type { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Key } from '../platform/table.ts';

/** What any of the things that rows speak of is called. */
export const Named = z.object({
  name: z.string().optional(),
  courseName: z.string().optional(),
  pupilName: z.string().optional(),
  lines: z.array(z.object({ pupilName: z.string(), courseName: z.string() })).optional(),
});
type Named = z.infer<typeof Named>;

/** Where a thing's name stands, by the prefix of its id. Terms and rooms are their school's. */
const keyOf: Readonly<Record<string, (id: string, organisationId: string) => Key>> = {
  per: keys.person,
  org: keys.organisation,
  crs: keys.course,
  ins: keys.instructor,
  off: keys.offering,
  win: keys.window,
  pup: keys.pupil,
  rfd: keys.refund,
  ord: keys.order,
  trm: (id, organisationId) => keys.term(organisationId, id),
  rom: (id, organisationId) => keys.room(organisationId, id),
};

/** The key of what an id names; `undefined` for what has no name of its own (a payment, a session). */
export function keyOfName(id: string, organisationId: string): Key | undefined {
  return keyOf[id.slice(0, 3)]?.(id, organisationId);
}

const id = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
/** Everything that a row's details may hold and people want to know. What is not of its kind is left out. */
const Details = z.object({
  instructorId: id,
  offeringId: id,
  pupilId: id,
  orderId: id,
  amountFen: number,
  takenFen: number,
  totalFen: number,
  rows: number,
  days: number,
  statements: number,
  month: AuditRow.shape.month.catch(undefined),
  date: AuditRow.shape.date.catch(undefined),
  validFrom: AuditRow.shape.date.catch(undefined),
  role: AuditRow.shape.role.catch(undefined),
  mark: AuditRow.shape.mark.catch(undefined),
  phone: id,
  document: id,
  source: id,
  reason: id,
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  from: z.tuple([z.string(), z.string()]).optional().catch(undefined),
  to: z.tuple([z.string(), z.string()]).optional().catch(undefined),
});
type Details = z.infer<typeof Details>;

const Fields = z.record(z.string(), z.unknown());
const Openings = z.object({ before: z.string().optional(), after: z.string().optional() });
const Pair = z.object({ before: z.unknown().optional(), after: z.unknown().optional() });
/** Fields that hold an id are told under another name. */
const fieldOf: Readonly<Record<string, AuditField>> = {
  courseId: 'course',
  instructorId: 'instructor',
  roomId: 'room',
  operatorId: 'operator',
};

/** What the row is about, as ids: the pupil, the class, … in the order in which they are said. */
function aboutOf({ subject, details }: AuditEntry): string[] {
  const { pupilId, instructorId, orderId, offeringId } = Details.parse(details);
  // `<offeringId>@<version>` names the class; `<role>@<organisationId>` a role, whose holder stands by the number.
  const [head = ''] = subject.split('@');
  const own = keyOf[head.slice(0, 3)] && head[3] === '_' ? [head] : [];
  return own.length > 0 ? own : [orderId, pupilId, instructorId, offeringId].filter((each) => each !== undefined);
}

/** Every id whose name a row needs, the person who did it included. */
export function idsOf(entry: AuditEntry): string[] {
  const values = changesOf(entry).flatMap(({ before, after }) => [before, after]);
  return [entry.personId, ...aboutOf(entry), ...values.filter((value) => typeof value === 'string')];
}

/** Changes as written, ids still in them. */
function changesOf({ action, details }: AuditEntry): AuditChange[] {
  const { before, after, from, to } = Details.parse(details);
  if (action === 'window.hours-changed' && from && to) {
    return [
      { field: 'opensAt' as const, before: from[0], after: to[0] },
      { field: 'closesAt' as const, before: from[1], after: to[1] },
      { field: 'gradeOpenings' as const, ...Openings.safeParse(details.gradeOpenings).data },
    ].filter((each) => each.before !== each.after);
  }
  const was = Fields.safeParse(before).data;
  const is = Fields.safeParse(after).data;
  const pairs =
    was && is
      ? Object.keys({ ...was, ...is }).map((field) => [field, { before: was[field], after: is[field] }] as const)
      : Object.entries(details).flatMap(([field, value]) => {
          const pair = Pair.safeParse(value).data;
          return pair ? [[field, pair] as const] : [];
        });
  const changes = pairs.flatMap(([name, pair]) => {
    const field = AuditField.safeParse(fieldOf[name] ?? name).data;
    if (!field || JSON.stringify(pair.before) === JSON.stringify(pair.after)) return [];
    const { before: one, after: other } = AuditChange.shape;
    return [{ field, before: one.safeParse(pair.before).data, after: other.safeParse(pair.after).data }];
  });
  // The table keeps no order of fields.
  return changes.sort((a, b) => AuditField.options.indexOf(a.field) - AuditField.options.indexOf(b.field));
}

const text = (named: Named | undefined): string | undefined => {
  if (!named) return undefined;
  if (named.lines) return [...new Set(named.lines.map(({ pupilName, courseName }) => `${pupilName} · ${courseName}`))].join('、');
  if (named.pupilName) return [named.pupilName, named.courseName].filter(Boolean).join(' · ');
  return named.courseName ?? named.name;
};

const byOf = (personId: string): AuditRow['by'] => {
  if (personId.startsWith('provider:')) return 'provider';
  if (personId === 'bootstrap') return 'setup';
  return personId.startsWith('per_') ? 'person' : 'system';
};

const roleOf = ({ subject }: AuditEntry) => AuditRow.shape.role.safeParse(subject.split('@')[0]).data;
const yearOf = ({ action, subject }: AuditEntry) => (action === 'school.calendar-published' ? Number(subject.split('@')[1]) : undefined);

/** The row in words and numbers. `nameOf`: what an id's thing is called, as read. */
export function rowOf(entry: AuditEntry, nameOf: (id: string) => Named | undefined): AuditRow {
  const details: Details = Details.parse(entry.details);
  const named = (value: string | number | undefined) =>
    typeof value === 'string' && keyOf[value.slice(0, 3)] && value[3] === '_' ? text(nameOf(value)) : value;
  const about = aboutOf(entry).flatMap((each) => text(nameOf(each)) ?? []);
  return {
    at: entry.at,
    by: byOf(entry.personId),
    byName: text(nameOf(entry.personId)),
    action: entry.action,
    about: about.length > 0 ? about.join(' · ') : undefined,
    amountFen: (details.amountFen ?? details.takenFen ?? details.totalFen) as Fen | undefined,
    month: details.month,
    date: details.date ?? details.validFrom,
    year: yearOf(entry),
    count: details.rows ?? details.days ?? details.statements,
    role: roleOf(entry) ?? details.role,
    phone: details.phone,
    document: details.document ?? details.source,
    reason: details.reason,
    mark: details.mark,
    changes: changesOf(entry).map(({ field, before, after }) => ({ field, before: named(before), after: named(after) })),
  };
}
