/**
 * The directions that nothing may go against. Each rule says in its comment what it keeps; `infra/dependency-rules.test.ts`
 * proves for each that it bites.
 */
// Left to right: an area may use those before it, never one after it.
const areas = [
  'organisation',
  'identity',
  'school',
  'library',
  'offering',
  'selection',
  'attendance',
  'billing',
  'teaching',
  'payout',
  'supervision',
  'messaging',
  'exchange',
];
const tests = '\\.(test|fixture)\\.tsx?$';
const anyArea = `(${areas.join('|')})`;

const areaOrder = (workspace) => [
  {
    name: `${workspace}-kernel-imports-no-area`,
    comment: 'The kernel is under every area.',
    severity: 'error',
    from: { path: `^${workspace}/src/kernel/`, pathNot: tests },
    to: { path: `^${workspace}/src/${anyArea}/` },
  },
  ...areas.slice(0, -1).map((area, index) => ({
    name: `${workspace}-${area}-imports-no-area-to-its-right`,
    comment: 'Areas stand in one order; where one thing needs two, the right one calls the left one.',
    severity: 'error',
    from: { path: `^${workspace}/src/${area}/`, pathNot: tests },
    to: { path: `^${workspace}/src/(${areas.slice(index + 1).join('|')})/` },
  })),
];

module.exports = {
  forbidden: [
    {
      name: 'shared-imports-nothing-of-ours',
      comment: 'The contract stands under everything.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(functions|infra|miniapp)/' },
    },
    {
      name: 'shared-does-no-io',
      comment: "The contract also runs in WeChat, which has none of Node's modules.",
      severity: 'error',
      from: { path: '^shared/src/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'shared-uses-few-packages',
      comment: 'What the contract uses is shipped to every phone.',
      severity: 'error',
      from: { path: '^shared/src/', pathNot: tests },
      to: { path: 'node_modules/', pathNot: 'node_modules/(zod|dayjs|ulid|geolib|gcoord|@noble/hashes)/' },
    },
    {
      name: 'miniapp-imports-no-backend',
      comment: 'The mini-program knows the contract and nothing behind it.',
      severity: 'error',
      from: { path: '^miniapp/src/' },
      to: { path: '^(functions|infra)/' },
    },
    {
      name: 'functions-import-neither-infra-nor-miniapp',
      comment: 'Handlers do not know where they run, or who calls.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(infra|miniapp)/' },
    },
    {
      name: 'infra-aws-imports-no-functions',
      comment: 'Stacks name entry files as strings: synthesising must not load the product.',
      severity: 'error',
      from: { path: '^infra/aws/', pathNot: tests },
      to: { path: '^functions/' },
    },
    {
      name: 'infra-uses-only-the-host-protocol-of-the-miniapp',
      comment: 'The super-app page speaks its side of the protocol; nothing else of the mini-program is known here.',
      severity: 'error',
      from: { path: '^infra/', pathNot: tests },
      to: { path: '^miniapp/', pathNot: '^miniapp/src/platform/host-protocol\\.ts$' },
    },
    {
      name: 'aws-sdk-behind-the-platform',
      comment: 'The product reaches AWS through its adapters only.',
      severity: 'error',
      from: { pathNot: `^(functions/src/platform|functions/bench|functions/testing|infra/local)/|${tests}` },
      to: { path: 'node_modules/(@aws-sdk|@smithy)/' },
    },
    {
      name: 'other-stores-in-the-bench-only',
      comment: 'PostgreSQL and Redis are yardsticks: nothing of the product stands on them.',
      severity: 'error',
      from: { path: '^(shared|functions|infra|miniapp)/', pathNot: '^functions/bench/' },
      to: { path: 'node_modules/(pg|@redis)/' },
    },
    {
      name: 'use-cases-know-no-http-and-no-lambda',
      comment: 'A use case is called; how the call came is not its business.',
      severity: 'error',
      from: { path: `^functions/src/${anyArea}/`, pathNot: tests },
      to: { path: '^functions/src/(http|lambda)/' },
    },
    {
      name: 'platform-and-http-import-no-area',
      comment: 'They carry any area and know none.',
      severity: 'error',
      from: { path: '^functions/src/(platform|http)/', pathNot: tests },
      to: { path: `^functions/src/(${areas.join('|')}|lambda)/` },
    },
    {
      name: 'platform-knows-no-http',
      comment: 'Adapters are under the HTTP stack.',
      severity: 'error',
      from: { path: '^functions/src/platform/', pathNot: tests },
      to: { path: '^functions/src/http/' },
    },
    {
      name: 'nothing-shipped-imports-tests',
      comment: 'Test helpers stay in tests.',
      severity: 'error',
      from: {
        path: '^(shared|functions|infra|miniapp)/',
        pathNot: `${tests}|^(functions|miniapp)/testing/|^functions/bench/|^infra/local/bench\\.ts$|/testing\\.ts$`,
      },
      to: { path: `${tests}|^(functions|miniapp)/testing/` },
    },
    ...areaOrder('shared'),
    ...areaOrder('functions'),
    {
      name: 'no-cycle-of-files',
      comment: 'What depends on each other is one thing in two files.',
      severity: 'error',
      from: { pathNot: 'node_modules' },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      // Types only: the package of that name is somebody else's.
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|cdk\\.out|\\.data|\\.cache|\\.swc)/' },
    // Types cross boundaries too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
    skipAnalysisNotInRules: true,
  },
};
