import { afterEach, expect, test } from '@jest/globals';
import { fen } from '@kehou/shared/kernel/fen';
import type { Instant } from '@kehou/shared/kernel/time';
import { AuditAction, AuditField, type AuditRow } from '@kehou/shared/organisation/audit';
import { t } from '../../texts/audit.ts';
import { setLanguage } from '../../texts/catalogue.ts';
import { detailsOf, whoText } from './details.ts';

const row = (more: Partial<AuditRow>): AuditRow => ({
  at: '2026-11-25T08:00:00.000Z' as Instant,
  by: 'person',
  action: 'offering.offering-changed',
  changes: [],
  ...more,
});
afterEach(() => setLanguage('zh'));

test('what changed is told from what to what, money as money', () => {
  const changes: AuditRow['changes'] = [
    { field: 'feePerSessionFen', before: 3000, after: 3550 },
    { field: 'capacity', before: 20, after: 25 },
    { field: 'operator', before: '江城公司' },
    { field: 'area', before: 'urban', after: 'rural' },
    { field: 'periods' },
  ];
  expect(detailsOf(row({ changes }))).toBe(
    '每节收费：¥30.00 → ¥35.50、名额：20 → 25、运营方：江城公司 → 无、城乡：城区 → 乡村、上课时段已修改',
  );
});

test('a day, a term and a room are told as people say days, weekdays and what is held', () => {
  const changes: AuditRow['changes'] = [
    { field: 'dayKind', before: 'off', after: 'school' },
    { field: 'follows', after: 3 },
    { field: 'serviceLastDay', before: '2027-01-15', after: '2026-12-31' },
    { field: 'roomCapacity', before: 40, after: 30 },
  ];
  expect(detailsOf(row({ action: 'school.day-changed', date: '2026-12-19' as never, changes }))).toBe(
    '12月19日、当天安排：停课 → 上课、按星期几上课：无 → 周三、课后服务结束：2027年1月15日 → 12月31日、容纳人数：40 → 30',
  );
});

test('openings by grade are told as grades and times, and as none where there are none', () => {
  const before = '1,2=2025-11-25T12:00:00.000Z 3=2025-11-25T12:30:00.000Z';
  expect(detailsOf(row({ action: 'window.hours-changed', changes: [{ field: 'gradeOpenings', before }] }))).toBe(
    '各年级开始时间：1、2 年级 周二 2025年11月25日 20:00、3 年级 周二 2025年11月25日 20:30 → 无',
  );
});

test('a permission is told with the number, a payout with month, people and sum', () => {
  expect(detailsOf(row({ action: 'identity.role-granted', role: 'school', phone: '139****0002' }))).toBe('学校管理权限、139****0002');
  const payout = row({ action: 'payout.approved', month: '2026-11' as never, amountFen: fen(123_400), count: 3 });
  expect(detailsOf(payout)).toBe('2026年11月、¥1,234.00、3 人');
  setLanguage('en');
  expect(detailsOf(payout)).toContain('3 people');
});

test('whoever did it is named, and machines are called what they are', () => {
  expect(whoText(row({ byName: '李校长' }))).toBe('李校长');
  expect(whoText(row({}))).toBe('未留姓名的用户');
  expect(whoText(row({ by: 'system' }))).toBe('系统');
});

test('every action and every field has its words', () => {
  for (const action of AuditAction.options) expect(t(`audit.action.${action}`)).not.toContain('audit.');
  for (const field of AuditField.options) expect(t(`audit.field.${field}`)).not.toContain('audit.');
});
