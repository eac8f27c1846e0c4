/** Yunjiang, a city that is on no map: its bureaus and schools, who runs them, and the days and sums that hold there. */
import { derivedId } from '@kehou/functions/platform/derived-id';
import { type Entity, type Id, prefixes } from '@kehou/shared/kernel/id';
import type { ChinaDate, Instant } from '@kehou/shared/kernel/time';

/** Monday 31 August 2026, 19:50 in China: ten minutes before the first window opens, a week before the first class. */
export const demoStart = '2026-08-31T11:50:00.000Z' as Instant;

/** Ids follow from what they name, so that seeding again meets what is there. */
export function demoId<E extends Entity>(entity: E, ...parts: readonly (string | number)[]): Id<E> {
  return derivedId(entity, 'demo', prefixes[entity], ...parts.map(String));
}

export interface DemoOfficer {
  readonly name: string;
  readonly phone: string;
}
export interface DemoBureau {
  readonly organisationId: Id<'organisation'>;
  readonly name: string;
  readonly officer: DemoOfficer;
}
export interface DemoSchool {
  readonly organisationId: Id<'organisation'>;
  readonly index: number;
  readonly name: string;
  readonly bureau: DemoBureau;
  readonly area: 'urban' | 'rural';
  readonly stage: 'primary' | 'junior' | 'nine-year';
  readonly grades: readonly [number, number];
  readonly gate: { readonly latitude: number; readonly longitude: number };
  readonly head: DemoOfficer;
  readonly deputy: DemoOfficer;
}

/** The numbers of those who work here; families have 199 001. Nobody is ever called: the simulator has no telephone. */
export const phoneOf = (number: number) => `1990000${String(number).padStart(4, '0')}`;

function bureau(name: string, officer: string, number: number): DemoBureau {
  return { organisationId: demoId('organisation', name), name, officer: { name: officer, phone: phoneOf(number) } };
}

export const city = bureau('云江市教育局', '方志明', 1);
export const counties = [bureau('青湖区教育体育局', '沈静', 2), bureau('石溪县教育局', '罗永强', 3)] as const;
export const bureaus: readonly DemoBureau[] = [city, ...counties];

export const operator = {
  organisationId: demoId('organisation', '云江课后服务运营中心'),
  name: '云江课后服务运营中心',
  staff: [
    { name: '苏倩', phone: phoneOf(11), note: '审核课酬、统一发放' },
    { name: '潘文斌', phone: phoneOf(12), note: '运营监控' },
  ],
} as const;

const gradesOf = { primary: [1, 6], junior: [7, 9], 'nine-year': [1, 9] } as const;

type SchoolRow = readonly [
  name: string,
  bureau: DemoBureau,
  area: DemoSchool['area'],
  stage: DemoSchool['stage'],
  latitude: number,
  longitude: number,
  head: string,
  deputy: string,
];
const [qinghu, shixi] = counties;
const schoolRows: readonly SchoolRow[] = [
  ['青湖第一小学', qinghu, 'urban', 'primary', 28.68214, 115.90531, '顾海涛', '邹慧'],
  ['云江市实验学校', city, 'urban', 'nine-year', 28.69182, 115.87214, '程晓东', '夏雪梅'],
  ['滨江小学', qinghu, 'urban', 'primary', 28.66538, 115.88123, '叶莉', '丁伟'],
  ['育才小学', qinghu, 'urban', 'primary', 28.70124, 115.91846, '康建平', '贺倩'],
  ['青湖第三中学', qinghu, 'urban', 'junior', 28.67425, 115.92937, '史立新', '易红梅'],
  ['石溪县第一小学', shixi, 'urban', 'primary', 28.54213, 115.79342, '姜爱华', '黎俊'],
  ['白茅乡中心小学', shixi, 'rural', 'primary', 28.48127, 115.72519, '钟德明', '侯静'],
  ['竹山镇九年一贯制学校', shixi, 'rural', 'nine-year', 28.50936, 115.68472, '龚振华', '乔婷婷'],
];

export const schools: readonly DemoSchool[] = schoolRows.map(([name, under, area, stage, latitude, longitude, head, deputy], index) => ({
  organisationId: demoId('organisation', name),
  index,
  name,
  bureau: under,
  area,
  stage,
  grades: gradesOf[stage],
  gate: { latitude, longitude },
  head: { name: head, phone: phoneOf(101 + index) },
  deputy: { name: deputy, phone: phoneOf(121 + index) },
}));

const day = (date: string) => date as ChinaDate;

export const term = {
  name: '2026—2027 学年第一学期',
  firstDay: day('2026-09-01'),
  lastDay: day('2027-01-22'),
  serviceFirstDay: day('2026-09-07'),
  serviceLastDay: day('2027-01-15'),
};

/** What is known of 2027: no list is published yet, and the term ends before the Spring Festival. */
export const year2027 = {
  year: 2027,
  days: [{ date: day('2027-01-01'), kind: 'off' as const, name: '元旦' }],
  source: '云江市教育局关于 2026—2027 学年校历的通知（云教基〔2026〕15 号）',
};

export const scales = [
  { bureau: city, document: '云发改价费〔2026〕21 号', feeFen: 3000, ownPayFen: 8000, outsidePayFen: 15000 },
  { bureau: shixi, document: '石发改〔2026〕9 号', feeFen: 2000, ownPayFen: 6000, outsidePayFen: 12000 },
] as const;

export const rooms = [
  ['科学实验室', 36],
  ['体育馆', 80],
  ['美术教室', 36],
  ['音乐教室', 50],
  ['阅览室', 40],
  ['劳动实践室', 36],
  ['心理活动室', 30],
  ['非遗工坊', 36],
  ['创客空间', 40],
  ['多功能厅', 120],
] as const;
