/** No cycle of folders. Apart from the other rules, since tests and their helpers look both ways and must not count here. */
const { options } = require('./.dependency-cruiser.cjs');

module.exports = {
  forbidden: [
    {
      name: 'no-cycle-of-folders',
      comment: 'Folders have one direction as well.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    ...options,
    exclude: { path: `${options.exclude.path}|\\.(test|fixture)\\.tsx?$|^(functions|miniapp)/testing/|^miniapp/e2e/|node_modules` },
  },
};
