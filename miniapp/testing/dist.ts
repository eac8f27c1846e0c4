/** Where the built bundles are: `dist`, or what `KEHOU_DIST` names (a folder inside miniapp), as for the build itself. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of a built target, with a slash at its end. Throws with the line that builds it. */
export function builtFolder(target: 'weapp' | 'h5'): string {
  const folder = path.join(fileURLToPath(new URL('..', import.meta.url)), process.env.KEHOU_DIST ?? 'dist', target, path.sep);
  const entry = target === 'weapp' ? 'app.json' : 'index.html';
  if (!existsSync(path.join(folder, entry))) throw new Error(`There is no ${folder}. Build it first: npm run build:${target} -w miniapp`);
  return folder;
}
