import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { bundleLambdas, LAMBDA_BYTES_MAX } from './bundles.ts';

test('every Lambda stays under its size', async () => {
  const outdir = mkdtempSync(join(tmpdir(), 'kehou-bundle-sizes-'));
  try {
    const files = await bundleLambdas(outdir);
    expect(files.length).toBeGreaterThan(12);
    const tooLarge = files.filter((file) => statSync(file).size >= LAMBDA_BYTES_MAX).map((file) => basename(file));
    expect(tooLarge).toEqual([]);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}, 60_000);
