/** What the product asks of WeChat itself, payments apart. */
export interface WeChatSession {
  readonly openId: string;
  readonly unionId?: string | undefined;
}

/** A subscription message: the template's own field names to values, cut to their lengths by the adapter. */
export interface SubscriptionMessage {
  readonly openId: string;
  readonly template: string;
  readonly page: string;
  readonly data: Readonly<Record<string, string>>;
}

export interface WeChat {
  /** `wx.login`'s code → who that is (code2Session). A code works once, within 5 minutes. Throws `session.code_refused`. */
  session(code: string): Promise<WeChatSession>;
  /** `getPhoneNumber`'s code → the number that WeChat verified, digits only, without the country code (mainland numbers only). */
  phoneNumber(code: string): Promise<string>;
  /** Sends one subscription message. `false`: the person has not agreed to it (43101); that is no error. */
  sendSubscriptionMessage(message: SubscriptionMessage): Promise<boolean>;
  /** A mini-program code that opens `page` with `scene` (at most 32 characters): the PNG. */
  miniProgramCode(page: string, scene: string): Promise<Uint8Array>;
}
