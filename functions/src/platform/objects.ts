/** Files: bank batch files, exports, uploads. On AWS a bucket, on one machine a folder; either way behind URLs that lapse. */
export interface Objects {
  put(key: string, body: Uint8Array | string, contentType: string): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** A link to download it once signed; lapses after `seconds`. */
  downloadUrl(key: string, filename: string, seconds: number): Promise<string>;
}
