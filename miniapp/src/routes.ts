/**
 * Every page of the app, one line each: add the line, and the page is in the right package, in both targets, and can be
 * named in `go('parent/home')`. The page itself is `src/<name>/index.tsx`. A role's first line is its home.
 */
const main = ['entry/start', 'entry/sign-in', 'entry/desk', 'entry/roles', 'entry/link-child', 'entry/share', 'entry/scan'] as const;

const parent = [
  'parent/home',
  'parent/classes',
  'parent/basket',
  'parent/wishes',
  'parent/draw',
  'parent/pay',
  'parent/orders',
  'parent/order',
  'parent/refund',
  'parent/move',
  'parent/week',
  'parent/records',
  'parent/messages',
  'parent/me',
] as const;
const teacher = [
  'teacher/home',
  'teacher/session',
  'teacher/sign',
  'teacher/exception',
  'teacher/exceptions',
  'teacher/roll',
  'teacher/comments',
  'teacher/week',
  'teacher/statements',
  'teacher/messages',
] as const;
const school = [
  'school/home',
  'school/windows',
  'school/window',
  'school/classes',
  'school/library',
  'school/rosters',
  'school/calendar',
  'school/money',
  'school/payouts',
  'school/exceptions',
  'school/qr',
  'school/show-qr',
  'school/settings',
  'school/audit',
] as const;
const operator = [
  'operator/home',
  'operator/payouts',
  'operator/refunds',
  'operator/breaks',
  'operator/figures',
  'operator/audit',
] as const;
const bureau = [
  'bureau/home',
  'bureau/money',
  'bureau/approvals',
  'bureau/library',
  'bureau/scales',
  'bureau/calendar',
  'bureau/organisations',
  'bureau/audit',
] as const;

/** For developers: in no bundle that ships. */
const dev = ['dev/gallery'] as const;

const subpackages = { parent, teacher, school, operator, bureau } as const;

export type PageName =
  | (typeof main)[number]
  | (typeof parent)[number]
  | (typeof teacher)[number]
  | (typeof school)[number]
  | (typeof operator)[number]
  | (typeof bureau)[number]
  | (typeof dev)[number];

export const homes = {
  parent: parent[0],
  teacher: teacher[0],
  school: school[0],
  operator: operator[0],
  bureau: bureau[0],
} as const satisfies Record<keyof typeof subpackages, PageName>;

export const pageNames: readonly PageName[] = [...main, ...Object.values(subpackages).flat()];

export const pagePath = (name: PageName): string => `/${name}/index`;

/** `app.json`, made from the lines above. */
export function appConfig({ gallery }: { gallery: boolean }) {
  const packages: Record<string, readonly string[]> = gallery ? { ...subpackages, dev } : subpackages;
  return {
    pages: main.map((name) => `${name}/index`),
    subPackages: Object.entries(packages).map(([root, names]) => ({
      root,
      pages: names.map((name) => `${name.slice(root.length + 1)}/index`),
    })),
    // The next role's package is there before it is opened: by then the person has seen the first page.
    preloadRule: { 'entry/start/index': { network: 'all', packages: ['parent', 'teacher'] } },
    darkmode: true,
    themeLocation: 'theme/theme.json',
    window: {
      navigationBarTitleText: '课后',
      navigationBarBackgroundColor: '@navigation',
      navigationBarTextStyle: '@navigationText',
      backgroundColor: '@page',
      backgroundTextStyle: '@pull',
    },
    permission: { 'scope.userLocation': { desc: '仅在教师签到、签退时读取一次位置，用来核对是否在校' } },
    requiredPrivateInfos: ['getLocation'],
    lazyCodeLoading: 'requiredComponents',
    style: 'v2',
  };
}
