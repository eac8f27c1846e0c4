import fc from 'fast-check';
import { parseClassName, parseGrade, readPupilRoster, readStaffRoster } from './roster.ts';

const headings = ['学号', '姓名', '年级', '班级', '家长姓名1', '家长手机1', '关系1', '家长手机2'];
const good = ['20260101', '王小明', '三年级', '2班', '王刚', '13812345678', '父亲', ''];

describe('a roster of pupils', () => {
  it('is read whatever the headings are called, in any order, below a title', () => {
    const { lines, problems } = readPupilRoster(
      [
        ['实验小学 2026 学年学生名册'],
        ['班级（必填）', '＊学籍号', '学生姓名', '所在年级', '监护人手机一', '母亲电话', '备注'],
        ['三(2)班', 20260101, '欧阳·娜娜', '3', 13812345678, ' 139 1234 5678 ', '过敏'],
      ],
      'primary',
    );
    expect(problems).toEqual([]);
    expect(lines).toEqual([
      {
        line: 3,
        row: {
          pupilNumber: '20260101',
          name: '欧阳·娜娜',
          grade: 3,
          className: '2班',
          guardians: [{ phone: '13812345678' }, { phone: '13912345678', relation: '母亲' }],
        },
      },
    ]);
  });

  it('names every bad row with line, column, value and reason', () => {
    const { problems } = readPupilRoster(
      [
        headings,
        good,
        [],
        ['2026', '', '七年级', '=cmd()', '王刚', '1381234567', '', ''],
        ['20260101', '李雷', 3, '1', '', '', '', ''],
        ['12', '@SUM(A1)', '高一', '一班', '李强', '', '', '13812345678'],
        ['20260104', '赵六', '1', '1', '', '1.38123E+10', '', ''],
        ['20260105', '孙七', '1', '1', '', '13812345678', '', '13812345678'],
        [123456789012345680, '周八', '1', '1', '', '', '', ''],
      ],
      'primary',
    );
    expect(problems).toEqual([
      { line: 4, column: '姓名', reason: '不能为空' },
      { line: 4, column: '年级', value: '七年级', reason: '本校只有 1 至 6 年级' },
      { line: 4, column: '班级', value: '=cmd()', reason: '不能以 = + - @ 开头' },
      { line: 4, column: '家长手机1', value: '1381234567', reason: '不是 11 位手机号' },
      { line: 5, column: '学号', value: '20260101', reason: '和第 2 行的学号重复' },
      { line: 6, column: '学号', value: '12', reason: '只能是 4 至 30 位数字、字母或连字符' },
      { line: 6, column: '姓名', value: '@SUM(A1)', reason: '不能以 = + - @ 开头' },
      { line: 6, column: '年级', value: '高一', reason: '看不懂的年级，请填 1 至 9 或“三年级”这样的写法' },
      { line: 6, column: '家长手机1', reason: '填了家长就要填手机号' },
      { line: 7, column: '家长手机1', value: '1.38123E+10', reason: '被表格存成了科学计数，请把这一列设为文本格式后重填' },
      { line: 8, column: '家长手机2', value: '13812345678', reason: '同一行里填了两次' },
      {
        line: 9,
        column: '学号',
        value: '123456789012345680',
        reason: '位数太多，被表格存成了数字而丢失末位，请把这一列设为文本格式后重填',
      },
    ]);
  });

  it('without a column that it needs, or with one twice, is refused by its headings', () => {
    expect(
      readPupilRoster(
        [
          ['姓名', '年级'],
          ['王小明', '1'],
        ],
        'primary',
      ).problems.map(({ reason }) => reason),
    ).toEqual(['缺少“学号”这一列', '缺少“班级”这一列']);
    expect(readPupilRoster([[...headings, '学籍号'], good], 'primary').problems).toEqual([
      { line: 1, column: '学籍号', reason: '和“学号”是同一项，请只保留一列' },
    ]);
    expect(readPupilRoster([], 'primary').problems).toHaveLength(4);
    expect(readPupilRoster([headings], 'primary').problems).toEqual([{ line: 2, reason: '文件里没有数据' }]);
  });

  it('takes no number for more children than a family has', () => {
    const rows = Array.from({ length: 8 }, (_, index) => [`2026${index}`, '王小明', '1', '1', '', '13812345678', '', '']);
    expect(readPupilRoster([headings, ...rows], 'primary').problems).toEqual(
      [8, 9].map((line) => ({ line, value: '13812345678', reason: '这个手机号已填给 6 名学生，请填家长本人的号码' })),
    );
  });

  it('with empty cells for guardians says nothing about them either, and with one number names all there are', () => {
    const { lines } = readPupilRoster(
      [
        ['学号', '姓名', '年级', '班级', '家长姓名1', '家长手机1', '家长手机2'],
        ['20260001', '王小明', '3', '2班', '', ' ', ''],
        ['20260002', '李小红', '3', '2班', '', '', '13912345678'],
      ],
      'primary',
    );
    expect(lines.map(({ row }) => row.guardians)).toEqual([undefined, [{ phone: '13912345678' }]]);
  });

  it('without columns for guardians says nothing about them', () => {
    const { lines } = readPupilRoster(
      [
        ['学号', '姓名', '年级', '班级'],
        ['20260101', '王小明', '4', '1'],
      ],
      'primary',
    );
    expect(lines.map(({ row }) => row)).toEqual([{ pupilNumber: '20260101', name: '王小明', grade: 4, className: '1班' }]);
  });

  it('never throws and never lets through what is not well-formed, whatever the cells hold', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.date({ noInvalidDate: false }),
      fc.constant(null),
      fc.constantFrom('13812345678', '三年级', '1班', '王明', '20260101', '=1+1'),
    );
    fc.assert(
      fc.property(fc.array(fc.array(cell, { maxLength: 9 }), { maxLength: 8 }), (rows) => {
        const { lines, problems } = readPupilRoster([headings, ...rows], 'nine-year');
        for (const { row } of lines) {
          expect(row.pupilNumber).toMatch(/^[0-9A-Za-z-]{4,30}$/);
          expect(row.name).not.toMatch(/^[=+\-@]/);
          expect(row.className).not.toMatch(/^[=+\-@]/);
          for (const guardian of row.guardians ?? []) expect(guardian.phone).toMatch(/^1[3-9]\d{9}$/);
        }
        const numbers = lines.map(({ row }) => row.pupilNumber);
        if (problems.length === 0) expect(new Set(numbers).size).toBe(numbers.length);
      }),
    );
  });
});

test('a roster of staff gives each phone one role', () => {
  const { lines, problems } = readStaffRoster([
    ['姓名', '手机', '角色', '工号'],
    ['张老师', '+86 138-1234-5678', '教师', 'T001'],
    ['李主任', 13912345678, '教务主任', ''],
    ['王五', '13812345678', '教师', ''],
    ['赵六', '13712345678', '保安', ''],
  ]);
  expect(lines.slice(0, 2)).toEqual([
    { line: 2, row: { name: '张老师', phone: '13812345678', role: 'teacher', staffNumber: 'T001' } },
    { line: 3, row: { name: '李主任', phone: '13912345678', role: 'school' } },
  ]);
  expect(problems).toEqual([
    { line: 4, column: '手机', value: '13812345678', reason: '和第 2 行的手机号重复' },
    { line: 5, column: '角色', value: '保安', reason: '角色请填“教师”或“管理员”' },
  ]);
});

test('grades and classes are understood as people write them', () => {
  expect(['3', 3, '三', '３年级', '小学三年级', '初二', '九年级', '0', '十年级', '高一'].map(parseGrade)).toEqual([
    3,
    3,
    3,
    3,
    3,
    8,
    9,
    undefined,
    undefined,
    undefined,
  ]);
  expect(['2', '（2）班', '三年级2班', '三（12）班', '02班', '向日葵班', '12班'].map(parseClassName)).toEqual([
    '2班',
    '2班',
    '2班',
    '12班',
    '2班',
    '向日葵班',
    '12班',
  ]);
});
