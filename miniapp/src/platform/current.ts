/**
 * The platform that this bundle is for. The build picks `current.h5.ts` for browsers: import it without an extension,
 * `from '../platform/current'`, so that neither bundle carries the other's code.
 */
export { platform, usePlatformShare } from './weapp.ts';
