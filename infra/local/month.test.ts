import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKehou } from './kehou.ts';
import { MONTH_BEGINS, playMonth } from './month.ts';

test('a month of a school, from the first import to the teacher’s pay, and the money adds up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kehou-month-'));
  const kehou = await startKehou({ port: 0, dataFolder: folder, h5: false, demo: false, environment: {}, now: MONTH_BEGINS });
  try {
    await playMonth(kehou);
  } finally {
    await kehou.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 600_000);
