/** The file that payout writes is the file that the bank reads: neither knows the other's code. */
import { batchFile } from '@kehou/functions/payout/batch-file';
import { StoredStatement } from '@kehou/functions/payout/statement.repository';
import { newId } from '@kehou/shared/kernel/id';
import fc from 'fast-check';
import { readBatchFile } from '../local/bank/batch-file.ts';

function statement(batchLine: number, totalFen: number, holder: string, bank: string): StoredStatement {
  return StoredStatement.parse({
    statementId: newId('statement'),
    payoutRunId: newId('payoutRun'),
    version: 1,
    schoolId: newId('organisation'),
    schoolName: '青山湖实验小学',
    instructorId: newId('instructor'),
    instructorName: '王老师',
    month: '2026-12',
    lines: [],
    carries: [],
    carriedFen: 0,
    carriedFrom: [],
    totalFen,
    status: 'sent',
    batchLine,
    payee: { holder, bank, number: '622202000000000001' },
  });
}

/** What people type: letters, marks that CSV has a meaning for, and line ends that do not belong in a name. */
const word = (length: number) =>
  fc
    .array(fc.constantFrom('王', '阿', 'a', '·', ' ', ',', '"', '\n', '\r', '=', '，'), { minLength: 0, maxLength: length - 1 })
    .map((letters) => `李${letters.join('')}`.trim());

test('whatever names and sums a batch has, the bank reads each line as it was meant', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ totalFen: fc.integer({ min: 1, max: 100_000_000 }), holder: word(30), bank: word(38).map((name) => `${name}银行`) }),
        {
          minLength: 1,
          maxLength: 20,
        },
      ),
      (payees) => {
        const statements = payees.map(({ totalFen, holder, bank }, index) => statement(index + 1, totalFen, holder, bank));
        const read = readBatchFile('run_1', batchFile('run_1', [...statements].reverse()));
        const plain = (text: string) => text.replace(/\p{Cc}/gu, '');
        expect(read).toEqual(
          payees.map(({ totalFen, holder, bank }, index) => ({
            line: index + 1,
            name: plain(holder),
            bank: plain(bank),
            account: '622202000000000001',
            amountFen: totalFen,
            purpose: '2026-12 课后服务课时费',
          })),
        );
      },
    ),
  );
});

test('the same statements make the same bytes, in whatever order they come', () => {
  const statements = [1, 2, 3].map((line) => statement(line, line * 100, `教师${line}`, '江西银行'));
  expect(batchFile('run_1', statements)).toEqual(batchFile('run_1', [...statements].reverse()));
});
