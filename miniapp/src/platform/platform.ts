/**
 * What the app asks of the program it runs inside: WeChat (`weapp.ts`), or a browser (`h5.ts`), where the super-app page of
 * one machine plays WeChat, or nobody does (a desk). Everything that differs between them is here and nowhere else:
 * on h5 most of Taro's host calls resolve without having done anything, so a lint rule keeps them inside this folder.
 */
import type { HttpRequest } from '@kehou/shared/kernel/route';

export type PlatformErrorCode =
  /** There is no host that can do this (a desk in a browser). Offer the other way. */
  | 'platform.unavailable'
  /** The person closed or cancelled it. Not a failure: say nothing, or leave everything as it was. */
  | 'platform.cancelled'
  /** The person, or the phone's settings, do not allow it (location, camera). Say how to allow it. */
  | 'platform.denied'
  /** No answer in time. */
  | 'platform.timeout'
  /** The phone has no connection, or the server cannot be reached. */
  | 'platform.network'
  /** Anything else the host refused. */
  | 'platform.failed';

/** What every method here rejects with. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: PlatformErrorCode;

  constructor(code: PlatformErrorCode, detail?: string) {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
  }
}

export interface SystemInfo {
  readonly target: 'weapp' | 'h5';
  /** `phone`: WeChat, or the page that plays it. `desk`: a browser with no host around it. */
  readonly seat: 'phone' | 'desk';
  /** Logical px. */
  readonly windowWidth: number;
  readonly windowHeight: number;
  readonly statusBarHeight: number;
  /** Space at the bottom that the system keeps for its gestures. */
  readonly safeBottom: number;
  /** The phone's font size against its normal one, at least 1, at most FONT_SCALE_MAX. */
  readonly fontScale: number;
  readonly dark: boolean;
  readonly reducedMotion: boolean;
  readonly language: 'zh' | 'en';
}

/** What `wx.requestPayment` takes: made and signed by the server, handed on untouched. */
export interface PayParams {
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: 'RSA';
  readonly paySign: string;
}

export interface Position {
  /** GCJ-02 degrees, as phones in China report them. */
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracyMetres: number;
}

export interface ShareCard {
  readonly title: string;
  /** A page with its query, `/entry/share/index?code=…`. */
  readonly path: string;
  /** A picture in 5:4; the host takes a picture of the page without one. */
  readonly imageUrl?: string;
}

export interface TransportRequest extends HttpRequest {
  /** Milliseconds until `platform.timeout`; 15,000 unless said. */
  readonly timeoutMs?: number;
}
export interface TransportReply {
  readonly status: number;
  /** Parsed JSON, or the text when it is not JSON. */
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ModalOptions {
  readonly title: string;
  readonly content?: string;
  readonly confirmText?: string;
  readonly cancelText?: string;
  /** No way to say no: a message to be acknowledged. */
  readonly acknowledgeOnly?: boolean;
  readonly danger?: boolean;
}

/** What the host says without being asked. */
export type HostMessage =
  | { readonly name: 'show' }
  | { readonly name: 'hide' }
  /** Open this page (a share card or a message was tapped). */
  | { readonly name: 'open'; readonly path: string }
  /** The phone's own back gesture or button. */
  | { readonly name: 'back' }
  /** Dark mode, font size or window changed: `systemInfo()` tells. */
  | { readonly name: 'appearance' };

export interface PickedFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: ArrayBuffer;
}

export interface Platform {
  /** Resolves when storage, system info and host are known. Awaited once, before the first screen. */
  ready(): Promise<void>;
  systemInfo(): SystemInfo;

  /** `wx.login`'s code: works once, within 5 minutes. */
  login(): Promise<string>;
  /** Resolves when the cashier says paid, which is not yet proof: ask the server. Rejects `platform.cancelled` when closed. */
  pay(params: PayParams): Promise<void>;
  /** The text of the code that was scanned (for a mini-program code: its page with the query). */
  scan(): Promise<string>;
  locate(): Promise<Position>;
  /** Asks to be allowed to send these subscription messages, once each. Only right after a tap. Never rejects: the ids agreed to. */
  subscribe(templateIds: readonly string[]): Promise<readonly string[]>;

  request(request: TransportRequest): Promise<TransportReply>;
  /** Sends a file's bytes to a presigned URL. */
  upload(url: string, file: PickedFile, headers?: Readonly<Record<string, string>>): Promise<void>;

  /** Strings kept for this person on this phone (WeChat), or in this tab (desk). At most 100 KB a value. */
  storageGet(key: string): string | undefined;
  storageSet(key: string, value: string): void;
  storageRemove(key: string): void;

  /** A short word that goes by itself. */
  toast(text: string, kind?: 'done' | 'plain'): void;
  /** True when confirmed. */
  modal(options: ModalOptions): Promise<boolean>;
  copy(text: string): Promise<void>;
  vibrate(): void;
  setTitle(title: string): void;

  /** A web page. WeChat opens none outside its business domains: the address is copied there, and the person told. */
  openUrl(url: string): Promise<void>;
  /** Pictures, full screen, with swiping between them. */
  previewImages(urls: readonly string[], current?: string): Promise<void>;
  /** Saves (browser) or opens (WeChat) a document behind a URL. */
  download(url: string, fileName: string): Promise<void>;
  /** Hands bytes that were made here to the person (an export, a template). WeChat: opens the share sheet for the file. */
  saveFile(bytes: ArrayBuffer, fileName: string, type: string): Promise<void>;
  /** A picture that was drawn here (`picture.tsx`), into the album of a phone or the downloads of a browser. */
  saveImage(url: string, fileName: string): Promise<void>;
  /** Lets the person pick one file. `accept`: extensions such as `.xlsx`. */
  pickFile(accept: readonly string[]): Promise<PickedFile>;

  /** Listens; the function that is returned stops it. */
  onHostMessage(listener: (message: HostMessage) => void): () => void;
}
