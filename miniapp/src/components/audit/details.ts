/** What a row of the trail says beyond who, when and about whom: one line, in words. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { ChinaDate, Instant, Weekday } from '@kehou/shared/kernel/time';
import type { AuditChange, AuditRow } from '@kehou/shared/organisation/audit';
import { t } from '../../texts/audit.ts';
import { t as desks } from '../../texts/desks.ts';
import { day, fullMoment, month, weekdayName } from '../format.ts';

const valueWords: Readonly<Record<string, () => string>> = {
  urban: () => desks('figures.area.urban'),
  rural: () => desks('figures.area.rural'),
  primary: () => t('audit.value.primary'),
  junior: () => t('audit.value.junior'),
  'nine-year': () => t('audit.value.nine-year'),
};

const dates: ReadonlySet<AuditChange['field']> = new Set(['firstDay', 'lastDay', 'serviceFirstDay', 'serviceLastDay']);

function valueText({ field }: AuditChange, value: string | number | undefined): string {
  if (value === undefined) return t('audit.none.value');
  if (field === 'dayKind') return value === 'off' ? t('audit.value.off') : t('audit.value.school');
  const weekday = field === 'follows' ? Weekday.safeParse(value).data : undefined;
  if (weekday) return weekdayName(weekday);
  const date = dates.has(field) ? ChinaDate.safeParse(value).data : undefined;
  if (date) return day(date);
  if (typeof value === 'number') return field.endsWith('Fen') ? formatFen(value) : String(value);
  const at = field === 'opensAt' || field === 'closesAt' ? Instant.safeParse(value).data : undefined;
  if (field === 'gradeOpenings') return value.split(' ').map(openingText).join(desks('desks.and'));
  return at ? fullMoment(at) : (valueWords[value]?.() ?? value);
}

/** `1,2=<instant>` as the trail has it. */
function openingText(opening: string): string {
  const [grades = '', opensAt] = opening.split('=');
  const at = Instant.safeParse(opensAt).data;
  return at ? t('audit.value.grades', { grades: grades.replaceAll(',', desks('desks.and')), when: fullMoment(at) }) : opening;
}

function changeText(change: AuditChange): string {
  const field = t(`audit.field.${change.field}`);
  if (change.before === undefined && change.after === undefined) return t('audit.change.only', { field });
  return t('audit.change', { field, before: valueText(change, change.before), after: valueText(change, change.after) });
}

function countText({ action, count, year }: AuditRow): string | undefined {
  if (count === undefined) return undefined;
  if (year !== undefined) return t('audit.days', { year, count });
  return action.startsWith('payout.') ? t('audit.people', { count }) : t('audit.rows', { count });
}

/** Parts joined as people list things; empty when there is nothing more to say. */
export function detailsOf(row: AuditRow): string {
  return [
    row.role && t(`audit.role.${row.role}`),
    row.phone,
    row.mark && t(`audit.mark.${row.mark}`),
    row.month && month(row.month),
    row.date && day(row.date),
    row.amountFen === undefined ? undefined : formatFen(row.amountFen),
    countText(row),
    row.document && t('audit.document', { document: row.document }),
    row.reason && t('audit.reason', { reason: row.reason }),
    ...row.changes.map(changeText),
  ]
    .filter(Boolean)
    .join(desks('desks.and'));
}

export const whoText = ({ by, byName }: AuditRow): string => (by === 'person' ? (byName ?? t('audit.by.unnamed')) : t(`audit.by.${by}`));
