/** Files in one private bucket, read by others only through links that lapse. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Objects } from './objects.ts';

export function s3Objects(bucket: string, client: S3Client = new S3Client({})): Objects {
  return {
    async put(key, body, contentType) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }));
    },
    async get(key) {
      try {
        const reply = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await reply.Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    downloadUrl(key, filename, seconds) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        // RFC 6266: names are Chinese more often than not.
        ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
      });
      return getSignedUrl(client, command, { expiresIn: seconds });
    },
  };
}
