/** `TextEncoder` for WeChat, which has none: as much of it as hashing uses. The build puts it in (config/index.ts). */
import { utf8 } from './utf8.ts';

class Encoder {
  encode(text = ''): Uint8Array {
    return utf8(text);
  }
}

export { Encoder as TextEncoder };
