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

/** Whole journeys in a browser (`x.browser.test.ts`): `npm test` runs them last, two at a time, beside nothing else. */
const inBrowser = '\\.browser\\.test\\.ts$';
const unit = { ...common, testPathIgnorePatterns: [...common.testPathIgnorePatterns, inBrowser] };

/** What every test file of a project may call: `functions/testing` stops its engines when the file is done. */
const cleanups = ['<rootDir>/functions/testing/after-file.ts'];

export default {
  maxWorkers: 2,
  // The engine, the state machines and the builds are real: a busy machine of two cores needs room.
  testTimeout: 60_000,
  // Modules in a VM are not given back: a worker that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
  projects: [
    { ...unit, displayName: 'shared', testMatch: ['<rootDir>/shared/**/*.test.ts'] },
    { ...unit, displayName: 'functions', testMatch: ['<rootDir>/functions/**/*.test.ts'], setupFilesAfterEnv: cleanups },
    { ...unit, displayName: 'infra', testMatch: ['<rootDir>/infra/**/*.test.ts'], setupFilesAfterEnv: cleanups },
    {
      ...unit,
      displayName: 'miniapp',
      testMatch: ['<rootDir>/miniapp/**/*.test.ts', '<rootDir>/miniapp/**/*.test.tsx'],
      setupFilesAfterEnv: cleanups,
    },
    { ...common, displayName: 'browser', testMatch: ['<rootDir>/{infra,miniapp}/**/*.browser.test.ts'], setupFilesAfterEnv: cleanups },
  ],
};
