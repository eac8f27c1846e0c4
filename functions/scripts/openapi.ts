/** Writes `functions/openapi.json` from the contract. It is not committed: the contract is the source. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { areas } from '@kehou/shared/api';
import manifest from '../package.json' with { type: 'json' };
import { openApiOf } from '../src/http/openapi.ts';

const path = join(import.meta.dirname, '..', 'openapi.json');
writeFileSync(path, `${JSON.stringify(openApiOf(areas, manifest.version), null, 2)}\n`);
process.stdout.write(`${path}\n`);
