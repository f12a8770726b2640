import { ObjectStoreError } from "../../sdk/object-store.ts";
import type { ObjectStoreErrorCode } from "../../sdk/object-store.ts";

interface Meaning {
  readonly code: ObjectStoreErrorCode;
  readonly advice: string;
}

const DENIED: Meaning = {
  code: "AccessDenied",
  advice: "Allow the engine's role this action on the bucket and its objects, in the role and in the bucket's policy.",
};
const CREDENTIALS: Meaning = { code: "AccessDenied", advice: "Give the engine credentials that are valid." };
const OTHER_REGION: Meaning = {
  code: "Invalid",
  advice: "The bucket is in another region: run the engine in that one.",
};
const REFUSED: Meaning = { code: "Invalid", advice: "S3 will refuse it again as it is." };
const LATER: Meaning = { code: "Unavailable", advice: "Try again later." };

/** What S3 calls its errors: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["NoSuchBucket", { code: "NoSuchBucket", advice: "Check the bucket's name, or create it." }],
  ["NoSuchKey", { code: "NoSuchObject", advice: "There is no such object." }],
  ["NotFound", { code: "NoSuchObject", advice: "There is no such object." }],
  ["NoSuchUpload", { code: "NoSuchUpload", advice: "The upload was aborted, or a lifecycle rule removed it." }],
  ["PreconditionFailed", { code: "Changed", advice: "It is another object by now: read it again from its start." }],
  [
    "InvalidObjectState",
    { code: "Invalid", advice: "The object is archived: restore it, or move it out of the prefix." },
  ],
  ["PermanentRedirect", OTHER_REGION],
  ["AuthorizationHeaderMalformed", OTHER_REGION],
  ["InvalidAccessKeyId", CREDENTIALS],
  ["SignatureDoesNotMatch", CREDENTIALS],
  ["ExpiredToken", CREDENTIALS],
  ["InvalidToken", CREDENTIALS],
  ["RequestTimeTooSkewed", { code: "AccessDenied", advice: "Set this machine's clock." }],
  ["CredentialsProviderError", CREDENTIALS],
  ["RequestTimeout", LATER],
]);

/** What a failed request means for whoever uses the store. Its own errors pass through. */
export function s3Error(error: unknown, doing: string): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const name = error instanceof Error ? error.name : String(error);
  const text = error instanceof Error ? error.message : "";
  const { code, advice } = MEANINGS.get(name) ?? byStatus(statusOf(error));
  const what = text === "" || text === name ? name : `${name}: ${text}`;
  return new ObjectStoreError(code, `Cannot ${doing} (${what.slice(0, 500)}). ${advice}`, { cause: error });
}

/** The HTTP status of the answer; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return metadata?.httpStatusCode;
}

function byStatus(status: number | undefined): Meaning {
  if (status === undefined || status === 409 || status === 429 || status >= 500) return LATER;
  if (status === 301 || status === 307) return OTHER_REGION;
  if (status === 401 || status === 403) return DENIED;
  return REFUSED;
}
