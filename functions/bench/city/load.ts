/**
 * The bench's city on disk: made once, kept for the next run, and copied for each measurement. It goes in by the engine's own import
 * (files as DynamoDB exports them), since two million items one by one would take the better part of an hour.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { keys } from '../../src/platform/keys.ts';
import type { Item } from '../../src/platform/table.ts';
import { openingWrites, windowItem } from '../../src/selection/window.repository.ts';
import { configFor, dynoxide, testTable } from '../../testing/engine.ts';
import { quietClient } from '../rush/kehou.ts';
import { type Server, startServer } from '../rush/servers.ts';
import { type EveningSchool, guardianOf, schoolOf } from './school.ts';

export const TABLE = 'city';
const FILE = 'engine.db';

/** An engine on the city in that folder. */
export function engineOn(folder: string): Promise<Server> {
  return startServer({
    program: dynoxide(),
    signal: 'KILL',
    prepare: (_, port) => ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', join(folder, FILE)],
    answers: async (port) => {
      const client = quietClient({ ...configFor(`http://127.0.0.1:${port}`), maxAttempts: 1 });
      try {
        await client.send(new ListTablesCommand({ Limit: 1 }));
        return true;
      } finally {
        client.destroy();
      }
    },
  });
}

/** The folder that has a city of this size; made unless it is there. */
export async function keptCity(cache: string, schools: number, pupilsEach: number, progress: (words: string) => void): Promise<string> {
  const folder = join(cache, `${schools}-schools-of-${pupilsEach}`);
  if (existsSync(join(folder, FILE))) return folder;
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  const data = join(making, 'export', TABLE, 'data');
  mkdirSync(data, { recursive: true });
  const schema = join(making, 'schema.json');
  writeFileSync(schema, JSON.stringify(await schemaOfTable()));
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  for (let index = 0; index < schools; index++) {
    await exportTo(join(data, `${index}.json.gz`), itemsOf(schoolOf(index, pupilsEach), index));
    if (index % 20 === 19 || index === schools - 1) progress(`making the city: ${index + 1} of ${schools} schools, ${seconds()} s`);
  }
  progress('making the city: the engine takes it in …');
  const options = ['--source', join(making, 'export'), '--schema', schema, '--output', join(making, FILE)];
  await promisify(execFile)(dynoxide(), ['import', ...options]);
  mkdirSync(folder, { recursive: true });
  renameSync(join(making, FILE), join(folder, FILE));
  rmSync(making, { recursive: true });
  progress(`making the city: ${schools} schools, ${schools * pupilsEach} pupils in ${seconds()} s`);
  return folder;
}

export function copyCity(from: string, to: string): Promise<void> {
  return copyFile(join(from, FILE), join(to, FILE));
}

/** What the engine says of the product's table, under the city's name. */
async function schemaOfTable() {
  const like = await testTable({ stream: false });
  const { Table } = await like.client.send(new DescribeTableCommand({ TableName: like.name }));
  return { Table: { ...Table, TableName: TABLE } };
}

async function exportTo(path: string, items: readonly Item[]): Promise<void> {
  const zip = createGzip({ level: 1 });
  const file = createWriteStream(path);
  zip.pipe(file);
  for (const item of items) {
    const line = `${JSON.stringify({ Item: marshall(item, { removeUndefinedValues: true }) })}\n`;
    if (!zip.write(line)) await once(zip, 'drain');
  }
  zip.end();
  await finished(file);
}

/** A school as it stands on the evening: its classes in an open window; each pupil on the roster, by number, and linked to a guardian. */
function itemsOf({ organisation, window, offerings, pupils }: EveningSchool, index: number): Item[] {
  const { organisationId: schoolId, name: schoolName } = organisation;
  const classes = offerings.flatMap((offering) => {
    const { offeringId, termId } = offering;
    return [
      { ...offering, ...keys.offering(offeringId), ...keys.offeringsOfTerm(schoolId, termId, offeringId) },
      ...openingWrites(offering, window).map(({ key, item }) => ({ ...item, ...key })),
    ];
  });
  const families = pupils.flatMap((pupil, place) => {
    const { pupilId, grade, className, pupilNumber, name } = pupil;
    const personId = guardianOf(index, place);
    return [
      { ...pupil, ...keys.pupil(pupilId), ...keys.pupilsOfSchool(schoolId, grade, className, pupilNumber) },
      { pupilId, name, ...keys.pupilNumber(schoolId, pupilNumber) },
      { ...pupil, schoolName, ...keys.personChild(personId, pupilId) },
      { pupilId, personId, ...keys.pupilGuardian(pupilId, personId) },
    ];
  });
  return [
    { ...organisation, ...keys.organisation(schoolId) },
    { ...windowItem(window), ...keys.window(window.windowId) },
    ...classes,
    ...families,
  ];
}
