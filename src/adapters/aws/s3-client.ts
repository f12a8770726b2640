import { S3Client } from "@aws-sdk/client-s3";

export interface S3ClientOptions {
  readonly region: string;
  /** Of a server that is compatible with S3, such as `http://127.0.0.1:9000`; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
}

/** A client with the credentials that the process finds (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). */
export function createS3Client({ region, endpoint }: S3ClientOptions): S3Client {
  return new S3Client({
    region,
    // Servers of one's own have no host name per bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    // Requests are signed with the hash of their body; a second checksum is refused by many compatible servers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 5,
    requestHandler: {
      connectionTimeout: 5_000,
      // Without these a server that goes silent holds a run for ever. The largest part is 128 MiB.
      requestTimeout: 300_000,
      throwOnRequestTimeout: true,
      socketTimeout: 60_000,
    },
  });
}
