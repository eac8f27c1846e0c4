/** Rosters as schools keep them: half of them send .xlsx, the others .csv, each under its own headings. */
import { guardXlsx } from '@kehou/functions/school/xlsx-guard';
import writeExcelFile from 'write-excel-file/node';
import type { DemoSchool } from './city.ts';
import type { DemoInstructor, DemoPupil } from './people.ts';

export interface RosterFile {
  readonly filename: string;
  readonly contentBase64: string;
}

const gradeNames = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];

export function pupilRoster(school: DemoSchool, pupils: readonly DemoPupil[]): Promise<RosterFile> {
  const rows = pupils.map((pupil) => {
    const [one, two] = pupil.guardians;
    return [
      pupil.pupilNumber,
      pupil.name,
      `${gradeNames[pupil.grade - 1]}年级`,
      pupil.className,
      one?.name ?? '',
      one?.phone ?? '',
      one?.relation ?? '',
      two?.name ?? '',
      two?.phone ?? '',
      two?.relation ?? '',
    ];
  });
  const headings = ['学号', '姓名', '年级', '班级', '家长姓名1', '家长手机1', '关系1', '家长姓名2', '家长手机2', '关系2'];
  return rosterFile(school, '学生名册', headings, rows);
}

export function staffRoster(school: DemoSchool, teachers: readonly DemoInstructor[]): Promise<RosterFile> {
  const rows = [
    [school.deputy.name, school.deputy.phone, '副校长', 'A001'],
    ...teachers.map((teacher, index) => [teacher.name, teacher.phone, '教师', `T${String(index + 1).padStart(3, '0')}`]),
  ];
  return rosterFile(school, '教职工名册', ['姓名', '手机号', '职务', '工号'], rows);
}

async function rosterFile(
  school: DemoSchool,
  title: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<RosterFile> {
  if (school.index % 2 === 1) {
    const text = [headings, ...rows].map((row) => row.join(',')).join('\r\n');
    return { filename: `${school.name}${title}.csv`, contentBase64: Buffer.from(`\uFEFF${text}`).toString('base64') };
  }
  const cells = [[`${school.name}${title}`], headings, ...rows].map((row) => row.map((value) => ({ value, type: String })));
  const workbook = await writeExcelFile(cells).toBuffer();
  // The writer stamps the hour into the archive; packed plainly, the same roster is the same file every time.
  const plain = guardXlsx(workbook, { rowsMax: cells.length, columnsMax: headings.length, bytesMax: 32 * 1024 * 1024 });
  return { filename: `${school.name}${title}.xlsx`, contentBase64: plain.toString('base64') };
}
