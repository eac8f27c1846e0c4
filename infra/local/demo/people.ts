/** Who teaches and who learns there: instructors, and pupils with their families. */
import type { CourseKind } from '@kehou/shared/library/library';
import { Chance } from './chance.ts';
import { type DemoSchool, phoneOf, schools } from './city.ts';
import { childName, manName, surname, womanName } from './names.ts';

export interface DemoInstructor {
  readonly index: number;
  readonly name: string;
  readonly phone: string;
  readonly courseKinds: readonly CourseKind[];
  /** Of whose staff; from outside when absent. */
  readonly school?: DemoSchool;
  readonly institution?: string;
}

export interface DemoGuardian {
  readonly name: string;
  readonly phone: string;
  readonly relation: string;
}
export interface DemoPupil {
  readonly school: DemoSchool;
  readonly pupilNumber: string;
  readonly name: string;
  readonly grade: number;
  readonly className: string;
  readonly guardians: readonly DemoGuardian[];
}

const kinds: readonly CourseKind[] = ['science', 'sports', 'arts', 'music', 'reading', 'labour', 'psychology', 'heritage'];
const institutions = ['云江青少年宫', '星辰科学教育', '江南少儿艺术团', '飞扬体育俱乐部', '云江非遗传习所', '小水滴心理'];
export const OWN_A_SCHOOL = 15;
export const OUTSIDE = 40;
const PUPILS_A_SCHOOL = 400;

/** 120 of the schools' own, 40 from outside; each school has someone for every kind. */
export const instructors: readonly DemoInstructor[] = [
  ...schools.flatMap((school) =>
    Array.from({ length: OWN_A_SCHOOL }, (_, place) => instructor(school.index * OWN_A_SCHOOL + place, place, { school })),
  ),
  ...Array.from({ length: OUTSIDE }, (_, place) =>
    instructor(schools.length * OWN_A_SCHOOL + place, place, { institution: institutions[place % institutions.length] as string }),
  ),
];

function instructor(index: number, place: number, origin: Pick<DemoInstructor, 'school' | 'institution'>): DemoInstructor {
  const chance = new Chance(`instructor ${index}`);
  const main = kinds[place % kinds.length] as CourseKind;
  const second = kinds[(place * 3 + 1) % kinds.length] as CourseKind;
  return {
    index,
    name: chance.happens(0.6) ? womanName(chance) : manName(chance),
    phone: phoneOf(1001 + index),
    courseKinds: main === second ? [main] : [main, second],
    ...origin,
  };
}

/** Families that the demo's people belong to, at the first school. */
const known: readonly Omit<DemoPupil, 'school' | 'pupilNumber'>[] = [
  family('林晓雨', 3, '2班', ['周敏', 1, '母亲'], ['林建国', 2, '父亲']),
  family('林晓阳', 1, '1班', ['周敏', 1, '母亲'], ['林建国', 2, '父亲']),
  family('陈可欣', 4, '1班', ['陈志强', 3, '父亲'], ['王桂兰', 4, '奶奶']),
  family('赵子墨', 2, '3班', ['赵磊', 5, '父亲']),
  family('孙悦', 5, '2班', ['孙丽华', 6, '母亲']),
  // On the roster without a guardian's number: the link has to be asked for.
  family('何昊', 3, '2班'),
  family('吴一诺', 3, '1班', ['郑婷婷', 7, '母亲']),
  family('谢博文', 6, '1班', ['谢勇', 8, '父亲']),
];

function family(name: string, grade: number, className: string, ...guardians: (readonly [string, number, string])[]) {
  return {
    name,
    grade,
    className,
    guardians: guardians.map(([guardian, number, relation]) => ({ name: guardian, phone: guardianPhone(number), relation })),
  };
}

function guardianPhone(number: number): string {
  return `19900${String(100_000 + number).padStart(6, '0')}`;
}

/**
 * The pupils of the city: about every eighth family has two children at the school (now and then in another one), two in
 * five children have two guardians on the roster.
 */
export function pupilsOf(wanted: readonly DemoSchool[] = schools, each = PUPILS_A_SCHOOL): DemoPupil[] {
  const pupils: DemoPupil[] = [];
  let phones = 1000;
  /** Younger ones who go to the next school. */
  let elsewhere: { name: string; guardians: readonly DemoGuardian[] }[] = [];
  for (const school of wanted) {
    const chance = new Chance(`pupils of ${school.name}`);
    const [lowest, highest] = school.grades;
    const classes = Math.max(1, Math.round(each / (highest - lowest + 1) / 34));
    let number = 0;
    const enrol = (pupil: Omit<DemoPupil, 'school' | 'pupilNumber'>) => {
      number += 1;
      const entered = 2026 - (pupil.grade - lowest);
      pupils.push({
        school,
        pupilNumber: `${entered}${String(school.index + 1).padStart(2, '0')}${String(number).padStart(4, '0')}`,
        ...pupil,
      });
    };
    const anyone = (name: string, guardians: readonly DemoGuardian[]) =>
      enrol({ name, grade: chance.between(lowest, highest), className: `${chance.between(1, classes)}班`, guardians });
    if (school.index === 0) for (const pupil of known.slice(0, each)) enrol(pupil);
    for (const { name, guardians } of elsewhere.splice(0, each - number)) anyone(name, guardians);
    elsewhere = [];
    while (number < each) {
      const name = surname(chance);
      const nextPhone = () => {
        phones += 1;
        return guardianPhone(phones);
      };
      const mother: DemoGuardian = { name: womanName(chance), phone: nextPhone(), relation: '母亲' };
      const father: DemoGuardian = { name: manName(chance, name), phone: nextPhone(), relation: '父亲' };
      const guardians = chance.happens(0.4) ? [mother, father] : [chance.happens(0.6) ? mother : father];
      const eldest = childName(chance, name);
      anyone(eldest, guardians);
      if (!chance.happens(0.14)) continue;
      const second = childName(chance, name);
      if (second === eldest) continue;
      if (chance.happens(0.15)) elsewhere.push({ name: second, guardians });
      else if (number < each) anyone(second, guardians);
    }
  }
  return pupils;
}
