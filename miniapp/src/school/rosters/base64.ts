/** Bytes as base64, for a file in a JSON body. Browsers' `btoa` is not in WeChat, and chokes on large strings. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const a = bytes[at] as number;
    const b = bytes[at + 1];
    const c = bytes[at + 2];
    parts.push(
      `${alphabet[a >> 2]}${alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)]}${b === undefined ? '=' : alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)]}${c === undefined ? '=' : alphabet[c & 63]}`,
    );
  }
  return parts.join('');
}
