/**
 * WeChat's own uploader, used offline: it compiles a copy of the bundle as it would before an upload, which checks `app.json`,
 * the pages' files and the packages' sizes. It catches no mistakes inside WXML, WXSS or JS.
 * It prints at will and keeps processes of its own running, so it runs in a process of its own: `checkOffline` starts this very
 * file, which says what it found in one line of JSON.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface OfflineCheck {
  /** Why the tool refuses the bundle. */
  readonly error: string | undefined;
  /** Packages that it calls too large. */
  readonly tooLarge: readonly string[];
}

interface Ci {
  Project: new (options: object) => { attr(): Promise<unknown>; attrSync(): unknown };
  DefaultProjectAttr: unknown;
  getCompiledResult(options: object, zip: string): Promise<unknown>;
  checkCodeQuality(project: unknown): Promise<readonly { name: string; success: boolean; text?: string }[]>;
}

const TIME_LIMIT_MS = 100_000;
const MARK = 'kehou-check:';

/** Checks the bundle in this folder. Never rejects: what went wrong is in `error`. */
export function checkOffline(bundle: string): Promise<OfflineCheck> {
  return new Promise((resolve) => {
    const options = { timeout: TIME_LIMIT_MS, maxBuffer: 16 * 1024 * 1024 };
    execFile(process.execPath, [fileURLToPath(import.meta.url), bundle], options, (reason, output) => {
      const line = output.split('\n').find((one) => one.startsWith(MARK));
      if (line) resolve(JSON.parse(line.slice(MARK.length)) as OfflineCheck);
      else resolve({ error: `the check did not finish: ${reason?.message ?? output.slice(-500)}`, tooLarge: [] });
    });
  });
}

async function check(bundle: string): Promise<OfflineCheck> {
  const ci = createRequire(import.meta.url)('miniprogram-ci') as Ci;
  const folder = mkdtempSync(path.join(tmpdir(), 'kehou-ci-'));
  try {
    cpSync(bundle, path.join(folder, 'dist'), { recursive: true });
    writeFileSync(
      path.join(folder, 'project.config.json'),
      JSON.stringify({ miniprogramRoot: 'dist/', appid: 'wx0000000000000000', compileType: 'miniprogram', setting: { es6: false } }),
    );
    // It wants the key of an upload, though nothing is uploaded.
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    writeFileSync(path.join(folder, 'upload.key'), privateKey);
    const project = new ci.Project({
      appid: 'wx0000000000000000',
      type: 'miniProgram',
      projectPath: folder,
      privateKeyPath: path.join(folder, 'upload.key'),
      ignores: ['node_modules/**/*'],
    });
    // Otherwise it asks WeChat which limits this app has.
    project.attr = async () => ci.DefaultProjectAttr;
    project.attrSync = () => ci.DefaultProjectAttr;
    const options = { project, version: '1.0.0', desc: 'check', setting: { es6: false }, onProgressUpdate: () => undefined };
    await ci.getCompiledResult(options, path.join(folder, 'out.zip'));
    const quality = await ci.checkCodeQuality(project);
    return {
      error: undefined,
      tooLarge: quality.filter((one) => !one.success && /SIZE/i.test(one.name)).map((one) => `${one.name}: ${one.text ?? ''}`),
    };
  } catch (reason) {
    return { error: String((reason as Error).message ?? reason), tooLarge: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const asked = process.argv[2];
if (asked && process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcome = await check(asked);
  process.stdout.write(`\n${MARK}${JSON.stringify(outcome)}\n`, () => process.exit());
}
