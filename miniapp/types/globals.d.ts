/// <reference types="@tarojs/taro" />

/** Set by the build (`config/index.ts`). */
declare const KEHOU_API_ORIGIN: string;
declare const KEHOU_GALLERY: boolean;

declare namespace NodeJS {
  interface ProcessEnv {
    readonly TARO_ENV: 'weapp' | 'h5';
  }
}
