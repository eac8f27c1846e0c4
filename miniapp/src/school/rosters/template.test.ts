import { expect, test } from '@jest/globals';
import { readPupilRoster, readStaffRoster } from '@kehou/shared/school/roster';
import { setLanguage } from '../../texts/catalogue.ts';
import { t } from '../../texts/school.ts';

const cells = (csv: string) => csv.split('\n').map((line) => line.split(','));

test('the templates that are handed out can be imported as they are, the note above the headings included', () => {
  for (const language of ['zh', 'en'] as const) {
    setLanguage(language);
    const pupils = readPupilRoster(cells(t('school.import.template.pupils')), 'primary');
    expect(pupils.problems).toEqual([]);
    expect(pupils.lines.map(({ row }) => row.guardians?.length)).toEqual([2]);
    const staff = readStaffRoster(cells(t('school.import.template.staff')));
    expect([staff.problems, staff.lines.length]).toEqual([[], 1]);
  }
  setLanguage('zh');
});
