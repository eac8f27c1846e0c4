import { appConfig } from './routes.ts';

export default defineAppConfig(appConfig({ gallery: KEHOU_GALLERY }) as Parameters<typeof defineAppConfig>[0]);
