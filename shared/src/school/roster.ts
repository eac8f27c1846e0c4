/**
 * What a roster says: cells of a spreadsheet → rows, or every row that is wrong with its line, column, value and reason.
 * Reading the file itself (.xlsx, .csv, encodings) is the server's; this is the part without I/O.
 */
import type { Organisation } from '../organisation/organisation.ts';
import { PupilRow, type RosterKind, type RowProblem, StaffRow } from './school.ts';

/** A cell as a spreadsheet reader hands it over. */
export type Cell = string | number | boolean | Date | null | undefined;

export interface RosterLine<T> {
  /** As the spreadsheet numbers it: the first row is 1. */
  readonly line: number;
  readonly row: T;
}
export interface Roster<T> {
  readonly lines: readonly RosterLine<T>[];
  readonly problems: readonly RowProblem[];
}

export const ROSTER_ROWS_MAX = 5000;
/** The headings may stand below a title: in one of so many first rows. */
const HEADING_ROWS_MAX = 5;
const GUARDIANS_MAX = 4;
/** More children than that under one number is a slip, not a family. */
const PUPILS_OF_PHONE_MAX = 6;
const VALUE_SHOWN_MAX = 60;

type Stage = NonNullable<Organisation['stage']>;
const gradesOf: Readonly<Record<Stage, readonly [number, number]>> = { primary: [1, 6], junior: [7, 9], 'nine-year': [1, 9] };

// --- headings ---------------------------------------------------------------------------------------------------------

type Field = 'pupilNumber' | 'name' | 'grade' | 'className' | 'standing' | 'phone' | 'role' | 'staffNumber';
interface GuardianField {
  readonly guardian: string;
  readonly part: 'phone' | 'name' | 'relation';
}
type Column = { readonly heading: string; readonly index: number } & ({ readonly field: Field } | GuardianField);

const pupilHeadings: Readonly<Record<string, Field>> = {
  学号: 'pupilNumber',
  学籍号: 'pupilNumber',
  学籍号码: 'pupilNumber',
  学生学号: 'pupilNumber',
  学生编号: 'pupilNumber',
  pupilnumber: 'pupilNumber',
  姓名: 'name',
  学生姓名: 'name',
  学生: 'name',
  名字: 'name',
  name: 'name',
  年级: 'grade',
  所在年级: 'grade',
  grade: 'grade',
  班级: 'className',
  班: 'className',
  所在班级: 'className',
  班级名称: 'className',
  class: 'className',
  学籍状态: 'standing',
  就读状态: 'standing',
  在校状态: 'standing',
  学生状态: 'standing',
  状态: 'standing',
  status: 'standing',
};
/** As school registers put it. */
const standings: Readonly<Record<string, NonNullable<PupilRow['standing']>>> = {
  在校: 'here',
  在读: 'here',
  在籍: 'here',
  正常: 'here',
  转入: 'here',
  复学: 'here',
  here: 'here',
  离校: 'left',
  转出: 'left',
  转学: 'left',
  退学: 'left',
  休学: 'left',
  毕业: 'left',
  left: 'left',
};
const staffHeadings: Readonly<Record<string, Field>> = {
  姓名: 'name',
  教师姓名: 'name',
  教职工姓名: 'name',
  name: 'name',
  手机: 'phone',
  手机号: 'phone',
  手机号码: 'phone',
  联系电话: 'phone',
  联系方式: 'phone',
  电话: 'phone',
  phone: 'phone',
  角色: 'role',
  身份: 'role',
  职务: 'role',
  岗位: 'role',
  role: 'role',
  工号: 'staffNumber',
  教工号: 'staffNumber',
  职工号: 'staffNumber',
  staffnumber: 'staffNumber',
};
const guardianHeading =
  /^(?:(父亲|爸爸|母亲|妈妈)|(?:学生)?(?:家长|监护人))?([1-4]?)(手机号码|手机号|手机|联系电话|联系方式|电话|姓名|名字|关系|与学生关系)?([1-4]?)$/;

/** Without spaces, stars and notes in brackets; full-width characters as half-width ones; 一二三四 as numbers. */
function plainHeading(cell: Cell): string {
  return text(cell)
    .replace(/[（(【[].*?[)）】\]]/g, '')
    .replace(/[\s*＊:：_-]/g, '')
    .replace(/[一二三四]/g, (digit) => String('一二三四'.indexOf(digit) + 1))
    .toLowerCase();
}

function columnOf(kind: RosterKind, cell: Cell, index: number): Column | undefined {
  const heading = text(cell);
  const plain = plainHeading(cell);
  if (plain === '') return undefined;
  const field = (kind === 'pupils' ? pupilHeadings : staffHeadings)[plain];
  if (field) return { heading, index, field };
  const match = kind === 'pupils' ? guardianHeading.exec(plain) : null;
  if (!match) return undefined;
  const [, parent, before, what = '', after] = match;
  // A bare 姓名 is the pupil's; a bare 关系 or 联系电话 can only be a guardian's.
  const part = /名/.test(what) ? 'name' : /关系/.test(what) ? 'relation' : what === '' ? undefined : 'phone';
  if (!part || (before && after)) return undefined;
  const guardian = parent ? (/[父爸]/.test(parent) ? '父亲' : '母亲') : before || after || '1';
  return { heading, index, guardian, part };
}

const requiredFields: Readonly<Record<RosterKind, readonly (readonly [Field, string])[]>> = {
  pupils: [
    ['pupilNumber', '学号'],
    ['name', '姓名'],
    ['grade', '年级'],
    ['className', '班级'],
  ],
  staff: [
    ['name', '姓名'],
    ['phone', '手机'],
    ['role', '角色'],
  ],
};

interface Headings {
  readonly at: number;
  readonly columns: readonly Column[];
}

function findHeadings(kind: RosterKind, cells: readonly (readonly Cell[])[]): Headings | readonly RowProblem[] {
  let best: { at: number; columns: Column[] } = { at: 0, columns: [] };
  for (const [at, row] of cells.slice(0, HEADING_ROWS_MAX).entries()) {
    const columns = row.flatMap((cell, index) => columnOf(kind, cell, index) ?? []);
    if (columns.length > best.columns.length) best = { at, columns };
  }
  const found = best;
  const missing = requiredFields[kind].filter(([field]) => !found.columns.some((column) => 'field' in column && column.field === field));
  if (missing.length > 0) return missing.map(([, heading]) => ({ line: found.at + 1, column: heading, reason: `缺少“${heading}”这一列` }));
  const seen = new Map<string, string>();
  for (const column of best.columns) {
    const meaning = 'field' in column ? column.field : `${column.guardian} ${column.part}`;
    const twin = seen.get(meaning);
    if (twin !== undefined) {
      return [{ line: best.at + 1, column: column.heading, reason: `和“${twin}”是同一项，请只保留一列` }];
    }
    seen.set(meaning, column.heading);
  }
  return best;
}

// --- cells ------------------------------------------------------------------------------------------------------------

/** A cell as text: trimmed, full-width characters as half-width ones, without control and invisible characters. */
function text(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? '' : cell.toISOString().slice(0, 10);
  return String(cell)
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
}

/** Text that a spreadsheet program would run as a formula when the list is exported again. */
function startsFormula(value: string): boolean {
  return /^[=+\-@]/.test(value);
}

/** Digits that a spreadsheet kept as a number too large for it: the last ones are gone. */
function lostDigits(cell: Cell): boolean {
  return (typeof cell === 'number' && !Number.isSafeInteger(cell)) || /^\d(\.\d+)?e\+\d+$/i.test(text(cell));
}

const personNamePattern = /^[\p{L}\p{M}·•.’' -]{1,30}$/u;
const chineseDigits = '零一二三四五六七八九';

/** `3`, `三年级`, `3年级`, `初一` → 1…9; anything else: undefined. */
export function parseGrade(cell: Cell): number | undefined {
  const value = text(cell).replace(/\s/g, '');
  const junior = /^(?:初|初中)([一二三123])(?:年级)?$/.exec(value)?.[1];
  if (junior) return 6 + (chineseDigits.includes(junior) ? chineseDigits.indexOf(junior) : Number(junior));
  const plain = /^(?:小学)?([1-9]|[一二三四五六七八九])(?:年级|级)?$/.exec(value)?.[1];
  if (!plain) return undefined;
  return chineseDigits.includes(plain) ? chineseDigits.indexOf(plain) : Number(plain);
}

/** `2`, `(2)班`, `三年级2班`, `三（2）班` → `2班`; a class with a name of its own keeps it. */
export function parseClassName(cell: Cell): string {
  const value = text(cell).replace(/\s/g, '');
  const number = /^(?:(?:小学|初中)?[1-9一二三四五六七八九](?:年级|级)?)?[([]?(\d{1,2})[)\]]?班?$/.exec(value);
  const bare = /^[([]?(\d{1,2})[)\]]?班?$/.exec(value);
  const digits = bare?.[1] ?? number?.[1];
  return digits ? `${Number(digits)}班` : value;
}

function parsePhone(cell: Cell): string {
  return text(cell)
    .replace(/[\s-]/g, '')
    .replace(/^(\+?86)(?=1\d{10}$)/, '');
}

const roles: Readonly<Record<string, StaffRow['role']>> = {
  教师: 'teacher',
  老师: 'teacher',
  任课教师: 'teacher',
  班主任: 'teacher',
  teacher: 'teacher',
  管理员: 'school',
  学校管理员: 'school',
  管理: 'school',
  校长: 'school',
  副校长: 'school',
  教务: 'school',
  教务主任: 'school',
  school: 'school',
};

// --- rows -------------------------------------------------------------------------------------------------------------

/** One row under its headings, collecting what is wrong with it. */
class RowReader {
  readonly line: number;
  private readonly cells: readonly Cell[];
  private readonly columns: readonly Column[];
  private readonly problems: RowProblem[];
  readonly before: number;

  constructor(line: number, cells: readonly Cell[], columns: readonly Column[], problems: RowProblem[]) {
    this.line = line;
    this.cells = cells;
    this.columns = columns;
    this.problems = problems;
    this.before = problems.length;
  }

  get isGood(): boolean {
    return this.problems.length === this.before;
  }

  column(field: Field): Column | undefined {
    return this.columns.find((column) => 'field' in column && column.field === field);
  }

  cell(column: Column | undefined): Cell {
    return column ? this.cells[column.index] : undefined;
  }

  /** What is read from a column, unless `fault` says what is wrong with it. */
  read<T>(column: Column | undefined, parse: (cell: Cell) => T, fault: (value: T, cell: Cell) => string | undefined): T | undefined {
    const cell = this.cell(column);
    const value = parse(cell);
    const reason = fault(value, cell);
    if (reason === undefined) return value;
    this.complain(column, reason);
    return undefined;
  }

  complain(column: Column | undefined, reason: string): void {
    const value = text(this.cell(column)).slice(0, VALUE_SHOWN_MAX);
    this.problems.push({ line: this.line, ...(column ? { column: column.heading } : {}), ...(value === '' ? {} : { value }), reason });
  }

  guardianSlots(): Map<string, Partial<Record<GuardianField['part'], Column>>> {
    const slots = new Map<string, Partial<Record<GuardianField['part'], Column>>>();
    for (const column of this.columns) {
      if (!('guardian' in column)) continue;
      slots.set(column.guardian, { ...slots.get(column.guardian), [column.part]: column });
    }
    return slots;
  }
}

function nameFault(value: string): string | undefined {
  if (value === '') return '不能为空';
  if (startsFormula(value)) return '不能以 = + - @ 开头';
  return personNamePattern.test(value) ? undefined : '姓名只能用汉字、字母和间隔号，最多 30 个字';
}

function phoneFault(value: string, cell: Cell): string | undefined {
  if (value === '') return '不能为空';
  if (lostDigits(cell)) return '被表格存成了科学计数，请把这一列设为文本格式后重填';
  return /^1[3-9]\d{9}$/.test(value) ? undefined : '不是 11 位手机号';
}

function numberFault(value: string, cell: Cell): string | undefined {
  if (value === '') return '不能为空';
  if (lostDigits(cell)) return '位数太多，被表格存成了数字而丢失末位，请把这一列设为文本格式后重填';
  return /^[0-9A-Za-z-]{4,30}$/.test(value) && !startsFormula(value) ? undefined : '只能是 4 至 30 位数字、字母或连字符';
}

/** `undefined`: the row names nobody, as in a file without columns for guardians. To take the last number away is done at the pupil. */
function readGuardians(row: RowReader): PupilRow['guardians'] {
  const slots = row.guardianSlots();
  if (slots.size === 0) return undefined;
  const guardians: { phone: string; name?: string; relation?: string }[] = [];
  const phones = new Map<string, string>();
  for (const [slot, columns] of slots) {
    const values = (['phone', 'name', 'relation'] as const).map((part) => text(row.cell(columns[part])));
    if (values.every((value) => value === '')) continue;
    if (!columns.phone || values[0] === '') {
      row.complain(columns.phone ?? columns.name ?? columns.relation, '填了家长就要填手机号');
      continue;
    }
    const phone = row.read(columns.phone, parsePhone, phoneFault);
    const name = columns.name && values[1] !== '' ? row.read(columns.name, text, nameFault) : undefined;
    const relation =
      columns.relation && values[2] !== ''
        ? row.read(columns.relation, text, (value) => (value.length > 10 || startsFormula(value) ? '最多 10 个字' : undefined))
        : /亲$/.test(slot)
          ? slot
          : undefined;
    if (phone === undefined) continue;
    if (phones.has(phone)) row.complain(columns.phone, '同一行里填了两次');
    phones.set(phone, slot);
    guardians.push({ phone, ...(name ? { name } : {}), ...(relation ? { relation } : {}) });
  }
  if (guardians.length > GUARDIANS_MAX) row.complain(undefined, `一名学生最多 ${GUARDIANS_MAX} 位家长`);
  return guardians.length > 0 ? (guardians as PupilRow['guardians']) : undefined;
}

function readPupil(row: RowReader, stage: Stage): PupilRow | undefined {
  const [lowest, highest] = gradesOf[stage];
  const pupilNumber = row.read(row.column('pupilNumber'), text, numberFault);
  const name = row.read(row.column('name'), text, nameFault);
  const grade = row.read(row.column('grade'), parseGrade, (value, cell) => {
    if (text(cell) === '') return '不能为空';
    if (value === undefined) return '看不懂的年级，请填 1 至 9 或“三年级”这样的写法';
    return value < lowest || value > highest ? `本校只有 ${lowest} 至 ${highest} 年级` : undefined;
  });
  const className = row.read(row.column('className'), parseClassName, (value) => {
    if (value === '') return '不能为空';
    if (startsFormula(value)) return '不能以 = + - @ 开头';
    return value.length > 20 || value.includes('#') ? '班级最多 20 个字，不能有 # 号' : undefined;
  });
  const standing = readStanding(row);
  const guardians = readGuardians(row);
  return row.isGood ? PupilRow.parse({ pupilNumber, name, grade, className, ...standing, guardians }) : undefined;
}

function readStaff(row: RowReader): StaffRow | undefined {
  const name = row.read(row.column('name'), text, nameFault);
  const phone = row.read(row.column('phone'), parsePhone, phoneFault);
  const role = row.read(
    row.column('role'),
    (cell) => roles[text(cell).toLowerCase()],
    (value) => (value ? undefined : '角色请填“教师”或“管理员”'),
  );
  const column = row.column('staffNumber');
  const staffNumber =
    column && text(row.cell(column)) !== ''
      ? row.read(column, text, (value) => (value.length > 30 || startsFormula(value) ? '最多 30 位，不能以 = + - @ 开头' : undefined))
      : undefined;
  return row.isGood ? StaffRow.parse({ name, phone, role, ...(staffNumber ? { staffNumber } : {}) }) : undefined;
}

/** An empty cell says nothing, as a file without the column does. */
function readStanding(row: RowReader): Pick<PupilRow, 'standing' | 'standingWord'> {
  const column = row.column('standing');
  const word = text(row.cell(column));
  if (word === '') return {};
  const standing = row.read(
    column,
    () => standings[word.toLowerCase()],
    (value) => (value ? undefined : '看不懂的学籍状态，请填“在读”“转学”“离校”“休学”“毕业”之一，或留空'),
  );
  return standing ? { standing, standingWord: word } : {};
}

/** The rest of the file under its headings, rows without any text left out; `keyOf` names what two rows may not share. */
function readLines<T>(
  kind: RosterKind,
  cells: readonly (readonly Cell[])[],
  readRow: (row: RowReader) => T | undefined,
  key: { field: Field; of: (row: T) => string; reason: (line: number) => string },
): Roster<T> {
  const headings = findHeadings(kind, cells);
  if (!('columns' in headings)) return { lines: [], problems: headings };
  const problems: RowProblem[] = [];
  const lines: RosterLine<T>[] = [];
  const seen = new Map<string, number>();
  for (const [index, row] of cells.entries()) {
    if (index <= headings.at || row.every((cell) => text(cell) === '')) continue;
    const reader = new RowReader(index + 1, row, headings.columns, problems);
    const value = readRow(reader);
    if (value === undefined) continue;
    const twin = seen.get(key.of(value));
    if (twin !== undefined) reader.complain(reader.column(key.field), key.reason(twin));
    else seen.set(key.of(value), reader.line);
    lines.push({ line: reader.line, row: value });
  }
  if (lines.length === 0 && problems.length === 0) problems.push({ line: headings.at + 2, reason: '文件里没有数据' });
  return { lines, problems };
}

/** Pupils and their guardians. A pupil number is unique in the file, and a number is a family's, not the school's own for all. */
export function readPupilRoster(cells: readonly (readonly Cell[])[], stage: Stage): Roster<PupilRow> {
  const { lines, problems } = readLines('pupils', cells, (row) => readPupil(row, stage), {
    field: 'pupilNumber',
    of: (row) => row.pupilNumber,
    reason: (line) => `和第 ${line} 行的学号重复`,
  });
  const pupilsOf = new Map<string, number>();
  const crowded: RowProblem[] = [];
  for (const { line, row } of lines) {
    for (const { phone } of row.guardians ?? []) {
      const pupils = (pupilsOf.get(phone) ?? 0) + 1;
      pupilsOf.set(phone, pupils);
      if (pupils > PUPILS_OF_PHONE_MAX) {
        crowded.push({ line, value: phone, reason: `这个手机号已填给 ${PUPILS_OF_PHONE_MAX} 名学生，请填家长本人的号码` });
      }
    }
  }
  return { lines, problems: [...problems, ...crowded].sort((a, b) => a.line - b.line) };
}

/** Staff. A phone number is unique in the file. */
export function readStaffRoster(cells: readonly (readonly Cell[])[]): Roster<StaffRow> {
  return readLines('staff', cells, readStaff, {
    field: 'phone',
    of: (row) => row.phone,
    reason: (line) => `和第 ${line} 行的手机号重复`,
  });
}
