import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CityResult, city } from './city.ts';

test('a seat costs no more calls and units in a larger city, and the loaded cities are kept', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'kehou-city-test-'));
  const told: string[] = [];
  const options = {
    cache,
    selections: 60,
    containers: 4,
    small: 2,
    whole: 4,
    pupilsEach: 30,
    progress: (words: string) => told.push(words),
  };
  try {
    const [few, all, spread] = await city(options);
    expect([few, all, spread]).toMatchObject([
      { schoolsLoaded: 2, pupilsLoaded: 60, schoolsSelecting: 2, accepted: 60, refused: 0 },
      { schoolsLoaded: 4, pupilsLoaded: 120, schoolsSelecting: 2, accepted: 60, refused: 0 },
      { schoolsLoaded: 4, schoolsSelecting: 4, accepted: 60, refused: 0 },
    ]);
    // Between a container that has just shown the class and one that has not; never more, whatever is loaded.
    for (const { callsPerSeat, readUnitsPerSeat, writeUnitsPerSeat } of [few, all, spread] as CityResult[]) {
      expect(callsPerSeat).toBeGreaterThanOrEqual(3);
      expect(callsPerSeat).toBeLessThanOrEqual(4);
      expect(readUnitsPerSeat).toBeLessThanOrEqual(5);
      expect(writeUnitsPerSeat).toBeLessThanOrEqual(15);
    }
    expect(told.some((words) => words.startsWith('making'))).toBe(true);
    told.length = 0;
    await city(options);
    expect(told.some((words) => words.startsWith('making'))).toBe(false);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});

test('more selections than seats are refused before anything is loaded', async () => {
  await expect(city({ cache: tmpdir(), selections: 61, small: 2, whole: 2, pupilsEach: 30 })).rejects.toThrow(RangeError);
});
