/**
 * Files in one private bucket, read by others only through links that lapse. The SDK's client comes from Lambda's own
 * runtime when it is first needed: no bundle carries it, and no cold start waits for it.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Objects } from './objects.ts';

export function s3Objects(bucket: string, given?: S3Client): Objects {
  let loading: Promise<{ sdk: typeof import('@aws-sdk/client-s3'); client: S3Client }> | undefined;
  const load = () => {
    loading ??= import('@aws-sdk/client-s3').then((sdk) => ({ sdk, client: given ?? new sdk.S3Client({}) }));
    return loading;
  };
  return {
    async put(key, body, contentType) {
      const { sdk, client } = await load();
      await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }));
    },
    async get(key) {
      const { sdk, client } = await load();
      try {
        const reply = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
        return await reply.Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async downloadUrl(key, filename, seconds) {
      const [{ sdk, client }, { getSignedUrl }] = await Promise.all([load(), import('@aws-sdk/s3-request-presigner')]);
      const command = new sdk.GetObjectCommand({
        Bucket: bucket,
        Key: key,
        // RFC 6266: names are Chinese more often than not.
        ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
      });
      return getSignedUrl(client, command, { expiresIn: seconds });
    },
  };
}
