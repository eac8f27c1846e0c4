/**
 * Jest 30 over TypeScript as it stands: swc strips the types, modules stay ES modules (`npm run jest` passes
 * `--experimental-vm-modules`), specifiers carry `.ts`, and `@kehou/*` resolves through each package's exports map.
 */
const transform = {
  '\\.[cm]?tsx?$': [
    '@swc/jest',
    {
      jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2022', transform: { react: { runtime: 'automatic' } } },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
};

const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform,
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/cdk\\.out/', '/\\.data/', '/\\.cache/'],
  modulePathIgnorePatterns: ['/dist/', '/cdk\\.out/', '/\\.data/', '/\\.cache/'],
};

/** What every test file of a project may call: `functions/testing` stops its engines when the file is done. */
const cleanups = ['<rootDir>/functions/testing/after-file.ts'];

export default {
  maxWorkers: 2,
  // The engine, the state machines and the builds are real: a busy machine of two cores needs room.
  testTimeout: 60_000,
  // Modules in a VM are not given back: a worker that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
  projects: [
    { ...common, displayName: 'shared', testMatch: ['<rootDir>/shared/**/*.test.ts'] },
    { ...common, displayName: 'functions', testMatch: ['<rootDir>/functions/**/*.test.ts'], setupFilesAfterEnv: cleanups },
    { ...common, displayName: 'infra', testMatch: ['<rootDir>/infra/**/*.test.ts'], setupFilesAfterEnv: cleanups },
    {
      ...common,
      displayName: 'miniapp',
      testMatch: ['<rootDir>/miniapp/**/*.test.ts', '<rootDir>/miniapp/**/*.test.tsx'],
      testPathIgnorePatterns: [...common.testPathIgnorePatterns, '/miniapp/e2e/'],
      setupFilesAfterEnv: cleanups,
    },
    // Whole journeys in a browser: `npm test` runs them last and one at a time.
    { ...common, displayName: 'browser', testMatch: ['<rootDir>/miniapp/e2e/**/*.test.ts'], setupFilesAfterEnv: cleanups },
  ],
};
