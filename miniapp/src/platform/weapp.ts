/** The platform inside WeChat: `wx`, through Taro. */
import Taro, { useShareAppMessage } from '@tarojs/taro';
import { FONT_SCALE_MAX } from '../theme/tokens.ts';
import type { HostMessage, Platform, ShareCard, SystemInfo } from './platform.ts';
import { PlatformError, type PlatformErrorCode } from './platform.ts';

const STORAGE_PREFIX = 'kehou:';

/** `wx` says everything in `errMsg`; the words differ between iOS, Android and versions. */
function failure(reason: unknown): PlatformError {
  const message = String((reason as { errMsg?: unknown } | undefined)?.errMsg ?? reason);
  const code: PlatformErrorCode = /cancel/i.test(message)
    ? 'platform.cancelled'
    : /auth|deny|denied|permission|system setting/i.test(message)
      ? 'platform.denied'
      : /time ?out/i.test(message)
        ? 'platform.timeout'
        : /^request:fail|network|disconnect/i.test(message)
          ? 'platform.network'
          : 'platform.failed';
  return new PlatformError(code, message);
}

async function asked<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (reason) {
    throw failure(reason);
  }
}

function readSystemInfo(): SystemInfo {
  const window = Taro.getWindowInfo();
  // `fontSizeScaleFactor` is newer than Taro's types; older clients give the size itself, 17 being the normal one.
  const base = Taro.getAppBaseInfo() as ReturnType<typeof Taro.getAppBaseInfo> & {
    fontSizeScaleFactor?: number;
    fontSizeSetting?: number;
    theme?: string;
  };
  const scale = base.fontSizeScaleFactor ?? (base.fontSizeSetting ?? 17) / 17;
  return {
    target: 'weapp',
    seat: 'phone',
    windowWidth: window.windowWidth,
    windowHeight: window.windowHeight,
    statusBarHeight: window.statusBarHeight ?? 0,
    safeBottom: window.safeArea ? Math.max(0, window.screenHeight - window.safeArea.bottom) : 0,
    fontScale: Math.min(FONT_SCALE_MAX, Math.max(1, scale)),
    dark: base.theme === 'dark',
    reducedMotion: false,
    language: /^en/i.test(base.language ?? '') ? 'en' : 'zh',
  };
}

let info: SystemInfo | undefined;
const listeners = new Set<(message: HostMessage) => void>();
const tell = (message: HostMessage) => {
  for (const listener of listeners) listener(message);
};

let started: Promise<void> | undefined;
async function start(): Promise<void> {
  info = readSystemInfo();
  Taro.onAppShow(() => {
    info = readSystemInfo();
    tell({ name: 'show' });
  });
  Taro.onAppHide(() => tell({ name: 'hide' }));
  Taro.onThemeChange?.(() => {
    info = readSystemInfo();
    tell({ name: 'appearance' });
  });
}

const files = () => Taro.getFileSystemManager();
const userFile = (name: string) => `${Taro.env.USER_DATA_PATH}/${name.replace(/[^\p{L}\p{N}._-]+/gu, '_')}`;

function readBytes(path: string): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    files().readFile({ filePath: path, success: ({ data }) => resolve(data as ArrayBuffer), fail: (reason) => reject(failure(reason)) });
  });
}

export const platform: Platform = {
  ready() {
    started ??= start();
    return started;
  },
  systemInfo() {
    info ??= readSystemInfo();
    return info;
  },

  async login() {
    const { code } = await asked(Taro.login());
    if (!code) throw new PlatformError('platform.failed', 'login gave no code');
    return code;
  },
  async pay(params) {
    await asked(Taro.requestPayment({ ...params }));
  },
  async scan() {
    const { result, path } = await asked(Taro.scanCode({ onlyFromCamera: false }));
    // A mini-program code has no text of its own but the page that it opens.
    const text = path ? `/${path.replace(/^\//, '')}` : result;
    if (!text) throw new PlatformError('platform.failed', 'the code is empty');
    return text;
  },
  async locate() {
    const { latitude, longitude, accuracy } = await asked(
      Taro.getLocation({ type: 'gcj02', isHighAccuracy: true, highAccuracyExpireTime: 5000 }),
    );
    return { latitude, longitude, accuracyMetres: accuracy ?? 0 };
  },
  async subscribe(templateIds) {
    if (templateIds.length === 0) return [];
    try {
      const answers = (await Taro.requestSubscribeMessage({ tmplIds: [...templateIds], entityIds: [] })) as unknown as Record<
        string,
        string
      >;
      return templateIds.filter((id) => answers[id] === 'accept');
    } catch {
      // Refusing once and for all, or an old client: nothing that the person has to hear about.
      return [];
    }
  },

  async request({ method, url, headers, body, timeoutMs = 15_000 }) {
    const reply = await asked(
      Taro.request<unknown>({
        url,
        method: method as 'GET' | 'POST' | 'PUT' | 'DELETE',
        header: headers,
        ...(body === undefined ? {} : { data: body }),
        // Text stays text: parsing is done here, so that a broken reply is not taken for a string of JSON.
        dataType: 'text',
        responseType: 'text',
        timeout: timeoutMs,
      }),
    );
    return { status: reply.statusCode, body: parseJson(reply.data), headers: lowerCase(reply.header) };
  },
  async upload(url, file, headers) {
    const reply = await asked(
      Taro.request({
        url,
        method: 'PUT',
        header: { 'content-type': file.type, ...headers },
        data: file.bytes,
        timeout: 120_000,
      }),
    );
    if (reply.statusCode < 200 || reply.statusCode >= 300) throw new PlatformError('platform.failed', `upload: ${reply.statusCode}`);
  },

  storageGet(key) {
    const value: unknown = Taro.getStorageSync(STORAGE_PREFIX + key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  },
  storageSet(key, value) {
    Taro.setStorageSync(STORAGE_PREFIX + key, value);
  },
  storageRemove(key) {
    Taro.removeStorageSync(STORAGE_PREFIX + key);
  },

  toast(text, kind = 'plain') {
    // With an icon WeChat shows seven characters and no more.
    const icon = kind === 'done' && text.length <= 7 ? 'success' : 'none';
    Taro.showToast({ title: text, icon, duration: Math.min(5000, 1500 + text.length * 80) }).catch(() => undefined);
  },
  async modal({ title, content, confirmText, cancelText, acknowledgeOnly, danger }) {
    const answer = await asked(
      Taro.showModal({
        title,
        ...(content === undefined ? {} : { content }),
        ...(confirmText ? { confirmText: confirmText.slice(0, 4) } : {}),
        ...(cancelText ? { cancelText: cancelText.slice(0, 4) } : {}),
        showCancel: !acknowledgeOnly,
        confirmColor: danger ? '#B4371F' : '#17735C',
      }),
    );
    return answer.confirm;
  },
  async copy(text) {
    await asked(Taro.setClipboardData({ data: text }));
  },
  vibrate() {
    Taro.vibrateShort({ type: 'light' }).catch(() => undefined);
  },
  setTitle(title) {
    Taro.setNavigationBarTitle({ title }).catch(() => undefined);
  },

  async openUrl(url) {
    await asked(Taro.setClipboardData({ data: url }));
  },
  async previewImages(urls, current) {
    await asked(Taro.previewImage({ urls: [...urls], ...(current ? { current } : {}) }));
  },
  async download(url, fileName) {
    const { tempFilePath, statusCode } = await asked(Taro.downloadFile({ url, filePath: userFile(fileName) }));
    if (statusCode !== 200) throw new PlatformError('platform.failed', `download: ${statusCode}`);
    await asked(Taro.openDocument({ filePath: tempFilePath || userFile(fileName), showMenu: true }));
  },
  async saveFile(bytes, fileName) {
    const path = userFile(fileName);
    await new Promise<void>((resolve, reject) => {
      files().writeFile({ filePath: path, data: bytes, encoding: 'binary', success: () => resolve(), fail: (r) => reject(failure(r)) });
    });
    await asked(Taro.shareFileMessage({ filePath: path, fileName }));
  },
  async saveImage(url) {
    await asked(Taro.saveImageToPhotosAlbum({ filePath: url }));
  },
  async pickFile(accept) {
    const { tempFiles } = await asked(
      Taro.chooseMessageFile({ count: 1, type: 'file', extension: accept.map((extension) => extension.replace(/^\./, '')) }),
    );
    const file = tempFiles[0];
    if (!file) throw new PlatformError('platform.cancelled');
    return { name: file.name, type: 'application/octet-stream', bytes: await readBytes(file.path) };
  },

  onHostMessage(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** What the page's share menu sends. The page sets `Page.enableShareAppMessage = true`, or WeChat shows no such menu. */
export function usePlatformShare(card: ShareCard | null): void {
  useShareAppMessage(() => card ?? { title: '课后', path: '/entry/start/index' });
}

function parseJson(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function lowerCase(header: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(header ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
