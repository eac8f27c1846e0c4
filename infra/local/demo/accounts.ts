/** Who of the city has a phone in the simulator, and what each is good for. */
import { createHash } from 'node:crypto';
import type { DemoPerson } from '../control.ts';
import { bureaus, city, type DemoSchool, operator } from './city.ts';
import type { DemoClass } from './classes.ts';
import type { DemoInstructor, DemoPupil } from './people.ts';

/** A person's WeChat id: the same over a fresh start. */
export function openIdOf(phone: string): string {
  return `demo_${createHash('sha256').update(phone).digest('base64url').slice(0, 20)}`;
}

export function accountOf({ name, phone }: { readonly name: string; readonly phone: string }) {
  return { name, phone, openId: openIdOf(phone) };
}

function person(role: string, who: { readonly name: string; readonly phone: string }, note: string): DemoPerson {
  return { role, ...accountOf(who), note };
}

export function officers(): DemoPerson[] {
  return bureaus.map((bureau) => person('教育局', bureau.officer, bureau === city ? `${bureau.name} · 看全市` : bureau.name));
}

export function operatorStaff(): DemoPerson[] {
  return operator.staff.map((one) => person('运营方', one, one.note));
}

export function schoolStaff(schools: readonly DemoSchool[]): DemoPerson[] {
  return schools.flatMap((school) => [
    person('学校', school.head, `${school.name} · 校长`),
    ...(school.index === 0 ? [person('学校', school.deputy, `${school.name} · 副校长`)] : []),
  ]);
}

/** Everyone who teaches at the first school, and one at each other. */
export function teachers(classes: readonly DemoClass[]): DemoPerson[] {
  const taught = new Map<DemoInstructor, DemoClass[]>();
  for (const each of classes) taught.set(each.instructor, [...(taught.get(each.instructor) ?? []), each]);
  const seen = new Set<number>();
  return [...taught].flatMap(([instructor, theirs]) => {
    const [first] = theirs;
    if (!first) return [];
    const isAtFirst = theirs.some(({ school }) => school.index === 0);
    if (!isAtFirst && seen.has(first.school.index)) return [];
    seen.add(first.school.index);
    const at = [...new Set(theirs.map(({ school }) => school.name))].join('、');
    return [
      person(
        '教师',
        instructor,
        `${at} · ${theirs.map(({ course }) => course.name).join('、')}${instructor.institution ? ` · ${instructor.institution}` : ''}`,
      ),
    ];
  });
}

/** The families of the first school that stories are told of, and one family at each other school. */
export function parents(pupils: readonly DemoPupil[]): DemoPerson[] {
  const children = new Map<string, { name: string; phone: string; of: DemoPupil[] }>();
  const perSchool = new Map<number, number>();
  for (const pupil of pupils) {
    for (const { name, phone } of pupil.guardians) {
      const known = children.get(phone);
      if (known) known.of.push(pupil);
      else {
        const count = (perSchool.get(pupil.school.index) ?? 0) + 1;
        if (count > (pupil.school.index === 0 ? 12 : 1)) continue;
        perSchool.set(pupil.school.index, count);
        children.set(phone, { name, phone, of: [pupil] });
      }
    }
  }
  return [...children.values()].map(({ of, ...who }) => {
    const kids = of.map(({ name, grade, className }) => `${name}（${grade} 年级 ${className}）`).join('、');
    return person('家长', who, `${kids} · ${of[0]?.school.name ?? ''}`);
  });
}

/** Has opened nothing yet: signs in for the first time before one's eyes. */
export const NEWCOMER_OF = '孙悦';

/** On no roster: asks to be linked to a child by number and name. */
export function outsider(pupils: readonly DemoPupil[]): DemoPerson[] {
  const child = pupils.find(({ name, guardians }) => name === '何昊' && guardians.length === 0);
  if (!child) return [];
  return [
    person(
      '家长',
      { name: '何俊', phone: '19900199999' },
      `手机不在名册上 · 可凭学号 ${child.pupilNumber} 申请关联 ${child.name}（${child.school.name}）`,
    ),
  ];
}
