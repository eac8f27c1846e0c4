/**
 * The one file of design tokens. Sass gets them through the build's configuration (`config/sass-tokens.ts`), charts and
 * canvases read them here. A pair that is meant to be read together is listed in `readablePairs` and tested for contrast.
 */
export const light = {
  ink: '#1E2B27',
  'ink-2': '#5B6762',
  page: '#F6F5F1',
  surface: '#FFFFFF',
  line: '#E4E2DA',
  primary: '#17735C',
  'primary-tint': '#E3F1EC',
  'on-primary': '#FFFFFF',
  attention: '#8A5A00',
  'attention-tint': '#FFF4DC',
  danger: '#B4371F',
  'danger-tint': '#FCEBE7',
  'on-danger': '#FFFFFF',
  information: '#1F5FA8',
  'information-tint': '#E8F0FA',
  shade: 'rgba(24, 32, 29, 0.5)',
  /** Behind a field, a skeleton, a track: one step off the surface. */
  sunken: '#F1F0EB',
} as const;

export const dark: Record<keyof typeof light, string> = {
  ink: '#E8ECEA',
  'ink-2': '#A9B5B0',
  page: '#16201D',
  surface: '#1F2B27',
  line: '#31403A',
  primary: '#6FCBB0',
  'primary-tint': '#1D3A32',
  'on-primary': '#10251F',
  attention: '#F0C36A',
  'attention-tint': '#3A2F16',
  danger: '#F08B75',
  'danger-tint': '#3F211B',
  'on-danger': '#2B100A',
  information: '#8FB8EA',
  'information-tint': '#1B2C42',
  shade: 'rgba(0, 0, 0, 0.62)',
  sunken: '#263430',
};

export type Colour = keyof typeof light;

/** Text colour on ground colour: 4.5 : 1 or better in both schemes. */
export const readablePairs: readonly (readonly [text: Colour, ground: Colour])[] = [
  ['ink', 'page'],
  ['ink', 'surface'],
  ['ink', 'sunken'],
  ['ink-2', 'page'],
  ['ink-2', 'surface'],
  ['ink-2', 'sunken'],
  ['primary', 'surface'],
  ['primary', 'page'],
  ['primary', 'primary-tint'],
  ['on-primary', 'primary'],
  ['attention', 'attention-tint'],
  ['attention', 'surface'],
  ['danger', 'danger-tint'],
  ['danger', 'surface'],
  ['on-danger', 'danger'],
  ['information', 'information-tint'],
  ['information', 'surface'],
];

/** Type sizes in px at a font scale of 1; the screen's scale multiplies them. */
export const typeSizes = { xs: 12, s: 14, m: 16, l: 20, xl: 28 } as const;
/** Space in px: n steps of 4. */
export const SPACE_STEP_PX = 4;
export const radii = { field: 8, card: 12, pill: 999 } as const;
export const TOUCH_TARGET_PX = 44;
/** The app follows the phone's font size up to here. */
export const FONT_SCALE_MAX = 1.4;
/** From this width a screen is a desk: side navigation, tables, drawer. */
export const DESK_WIDTH_MIN_PX = 1024;
export const MOTION_MS = 180;
