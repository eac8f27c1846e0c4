export { platform, usePlatformShare } from './h5.ts';
