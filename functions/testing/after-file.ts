/** Runs for every test file (jest's setupFilesAfterEnv): stops what the file started. Imports nothing, so it costs nothing. */
import { runCleanups } from './cleanups.ts';

afterAll(runCleanups);
