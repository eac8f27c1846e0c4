/** Self-signed RSA certificates, written in DER by hand: Node reads certificates but makes none. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto';

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), content]);
  const length = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]) => tlv(0x31, ...parts);
const utf8 = (text: string) => tlv(0x0c, Buffer.from(text, 'utf8'));
/** UTCTime, good up to 2049. */
const utcTime = (year: number) => tlv(0x17, Buffer.from(`${String(year % 100).padStart(2, '0')}0101000000Z`, 'latin1'));
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'));
const commonName = '550403';
const organisationName = '55040a';
const sha256WithRsa = sequence(oid('2a864886f70d01010b'), tlv(0x05));

function name(common: string, organisation: string): Buffer {
  return sequence(set(sequence(oid(organisationName), utf8(organisation))), set(sequence(oid(commonName), utf8(common))));
}

/**
 * A version 3 certificate in PEM. `serial` is hex, its first bit clear. Valid 2020 to 2049, unlike WeChat's five years: the clock
 * it is judged by may be moved anywhere.
 */
export function selfSigned(privateKey: KeyObject, serial: string, common: string, organisation: string): string {
  const subject = name(common, organisation);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const version3 = tlv(0xa0, tlv(0x02, Buffer.from([2])));
  const body = sequence(
    version3,
    tlv(0x02, Buffer.from(serial, 'hex')),
    sha256WithRsa,
    subject,
    sequence(utcTime(2020), utcTime(2049)),
    subject,
    publicKey,
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, sha256WithRsa, tlv(0x03, Buffer.from([0]), signature));
  const base64 = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
