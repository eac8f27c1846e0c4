/**
 * A city on its evening: 30,000 parents of 30 schools each take a seat, with those 30 schools' data in the table and with all
 * 293 schools' and 460,000 pupils'; then as many spread over the whole city. What a seat costs must not grow with the city. The
 * yardstick of each run is its very own table writes, sent again without handlers to another copy of the same data.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pupil } from '@kehou/shared/school/school';
import { inLanes } from '../src/platform/in-lanes.ts';
import { configFor } from '../testing/engine.ts';
import { copyCity, engineOn, keptCity, TABLE } from './city/load.ts';
import { type EveningSchool, guardianOf, PUPILS_A_SCHOOL, SCHOOLS, SEATS_A_SCHOOL, schoolOf } from './city/school.ts';
import { tokenFor } from './rush/container.ts';
import { cpuMsSince, WARMING_LANES } from './rush/evening.ts';
import { recordingContainers, type WriteCommand } from './rush/kehou.ts';
import { replayOn } from './rush/replay.ts';

export interface CityOptions {
  /** Where loaded cities are kept. */
  readonly cache: string;
  readonly selections?: number;
  readonly containers?: number;
  /** Schools of the smaller city, which are the first of the whole. */
  readonly small?: number;
  readonly whole?: number;
  readonly pupilsEach?: number;
  readonly progress?: (words: string) => void;
}

export interface CityResult {
  readonly schoolsLoaded: number;
  readonly pupilsLoaded: number;
  readonly schoolsSelecting: number;
  readonly accepted: number;
  readonly refused: number;
  readonly acceptedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly callsPerSeat: number;
  readonly readUnitsPerSeat: number;
  readonly writeUnitsPerSeat: number;
  readonly yardstickAcceptedPerSecond: number;
  readonly ratio: number;
  readonly cpuMsPerSeat: number;
  readonly yardstickCpuMsPerSeat: number;
}

export async function city(options: CityOptions): Promise<CityResult[]> {
  const { cache, selections = 30_000, containers = 250, small = 30, whole = SCHOOLS, pupilsEach = PUPILS_A_SCHOOL } = options;
  const progress = options.progress ?? (() => undefined);
  if (selections > small * Math.min(SEATS_A_SCHOOL, pupilsEach))
    throw new RangeError('there are not so many seats, or pupils, in the smaller city');
  const few = await keptCity(cache, small, pupilsEach, progress);
  const all = await keptCity(cache, whole, pupilsEach, progress);
  const results: CityResult[] = [];
  for (const [folder, loaded, selecting] of [
    [few, small, small],
    [all, whole, small],
    [all, whole, whole],
  ] as const) {
    progress(`${selections} selections at ${selecting} schools, ${loaded} loaded`);
    const schools = Array.from({ length: selecting }, (_, index) => schoolOf(index, pupilsEach));
    const measured = await onCopy(folder, (port) => selectAll(port, schools, selections, containers));
    progress('the same writes without handlers');
    const measure = await onCopy(folder, (port) => replayOn(TABLE, configFor(`http://127.0.0.1:${port}`), measured.recorded));
    const { recorded: _, ...told } = measured;
    results.push({
      schoolsLoaded: loaded,
      pupilsLoaded: loaded * pupilsEach,
      schoolsSelecting: selecting,
      ...told,
      yardstickAcceptedPerSecond: measure.acceptedPerSecond,
      ratio: measured.acceptedPerSecond / measure.acceptedPerSecond,
      yardstickCpuMsPerSeat: measure.cpuMsPerSeat,
    });
  }
  return results;
}

/** On an engine of its own, with a copy of the loaded city that goes afterwards. */
async function onCopy<T>(folder: string, work: (port: number) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'kehou-city-'));
  try {
    await copyCity(folder, copy);
    const server = await engineOn(copy);
    try {
      return await work(server.port);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** One seat a pupil: school by school in turn, so that all of them are at it at once. Each container has shown one school's classes. */
async function selectAll(port: number, schools: readonly EveningSchool[], selections: number, containers: number) {
  const usage = { calls: 0, readUnits: 0, writeUnits: 0 };
  const recorders = recordingContainers(containers, {
    name: TABLE,
    config: configFor(`http://127.0.0.1:${port}`),
    onCall: ({ readUnits, writeUnits }) => {
      usage.calls += 1;
      usage.readUnits += readUnits;
      usage.writeUnits += writeUnits;
    },
  });
  const wishes = Array.from({ length: selections }, (_, index) => {
    const place = index % schools.length;
    const pupil = Math.floor(index / schools.length);
    return { school: schools[place] as EveningSchool, pupil, personId: guardianOf(place, pupil) };
  });
  const tokens: string[] = [];
  for (const { school, pupil, personId } of wishes) tokens.push(await tokenFor(school.pupils[pupil] as Pupil, personId));
  await inLanes([...recorders.entries()], WARMING_LANES, async ([index, { container }]) => {
    const { school, pupil } = wishes[index % wishes.length] as (typeof wishes)[number];
    const status = await container.showClasses(school, pupil, tokens[index % wishes.length] ?? '');
    if (status !== 200) throw new Error(`the class page was answered ${status}`);
  });
  usage.calls = usage.readUnits = usage.writeUnits = 0;

  const tookMs: number[] = [];
  let accepted = 0;
  let next = 0;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  await Promise.all(
    recorders.map(async ({ container }) => {
      for (let index = next++; index < wishes.length; index = next++) {
        const { school, pupil } = wishes[index] as (typeof wishes)[number];
        const sentMs = performance.now();
        const status = await container.takeSeat(school, pupil, pupil % school.offerings.length, tokens[index] ?? '');
        tookMs.push(performance.now() - sentMs);
        if (status === 200) accepted += 1;
        else if (status !== 409) throw new Error(`a parent was answered ${status}`);
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  tookMs.sort((a, b) => a - b);
  const recorded: readonly (readonly WriteCommand[])[] = recorders.map(({ log }) => log);
  return {
    recorded,
    accepted,
    refused: wishes.length - accepted,
    acceptedPerSecond: accepted / seconds,
    p50Ms: tookMs[Math.floor(tookMs.length * 0.5)] ?? 0,
    p99Ms: tookMs[Math.floor(tookMs.length * 0.99)] ?? 0,
    callsPerSeat: usage.calls / accepted,
    readUnitsPerSeat: usage.readUnits / accepted,
    writeUnitsPerSeat: usage.writeUnits / accepted,
    cpuMsPerSeat: cpuMsSince(startedCpu) / accepted,
  };
}
