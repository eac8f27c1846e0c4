import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeFolder } from './lock.ts';
import { StartProblem } from './problem.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'kehou-lock-'));
  folders.push(made);
  return made;
}

test('a folder is held by one process, and free again when it leaves', () => {
  const data = folder();
  const leave = takeFolder(data);
  expect(() => takeFolder(data)).toThrow(StartProblem);
  expect(() => takeFolder(data)).toThrow(`running already with the data folder ${data} (process ${process.pid})`);
  leave();
  takeFolder(data)();
});

test('a folder whose holder was killed is taken over', async () => {
  const data = folder();
  const script = `
    const { takeFolder } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)});
    takeFolder(${JSON.stringify(data)});
    console.log('taken');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  expect(() => takeFolder(data)).toThrow(StartProblem);
  const exited = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await exited;
  takeFolder(data)();
});

test('a file that names a number used again by another process, or nothing, holds nothing', () => {
  const data = folder();
  writeFileSync(join(data, 'kehou.pid'), JSON.stringify({ pid: process.pid, began: '1' }));
  takeFolder(data)();
  writeFileSync(join(data, 'kehou.pid'), '');
  takeFolder(data)();
});

test('a folder that cannot be written gets one clear line', () => {
  expect(() => takeFolder('/proc/nowhere')).toThrow(StartProblem);
});
