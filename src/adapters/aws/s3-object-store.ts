import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import type {
  HeadObjectCommandOutput,
  LifecycleRule,
  ListMultipartUploadsCommandOutput,
  ListObjectsV2CommandOutput,
  S3Client,
} from "@aws-sdk/client-s3";
import { checkKey, checkPartList, checkPartNumber, checkRange } from "../../sdk/object-rules.ts";
import { ObjectStoreError } from "../../sdk/object-store.ts";
import type {
  CopiedRange,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  ReadRange,
  Upload,
  UploadedPart,
  UploadOptions,
} from "../../sdk/object-store.ts";
import { s3Error, statusOf } from "./s3-error.ts";

/** Metadata by which an object is known to come from this very upload or put, when the answer to it was lost. */
const TOKEN = "millrace-token";

/** Of an upload that was listed, whose token nobody tells. */
const NO_TOKEN = "00000000-0000-0000-0000-000000000000";

/** How often a thing is tried again that the SDK does not try again itself. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;

/** Buckets of Amazon S3, or of a server that is compatible with it. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;

  constructor(client: S3Client) {
    this.#client = client;
  }

  async *list(bucket: string, prefix: string, after?: string): AsyncIterable<ObjectInfo> {
    let token: string | undefined;
    do {
      const page = await this.#listPage(bucket, prefix, after, token);
      const decode = page.EncodingType === "url" ? decodeKey : (key: string) => key;
      for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
        yield { key: decode(Key!), size: Size!, etag: ETag!, modifiedAt: LastModified!.getTime() };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    const found = await this.#head(bucket, key);
    if (found === undefined) return undefined;
    const { ContentLength, ETag, LastModified } = found;
    return { key, size: ContentLength!, etag: ETag!, modifiedAt: LastModified!.getTime() };
  }

  /** A connection that breaks is replaced, and reading goes on where it stopped, in the same object. */
  async *read(bucket: string, key: string, range: ReadRange = {}): AsyncIterable<Uint8Array> {
    checkRange(range);
    const { from = 0, to = Infinity } = range;
    let { ifMatch } = range;
    let at = from;
    let breaks = 0;
    while (at < to) {
      const part = await this.#get(bucket, key, at, to, ifMatch);
      if (part === undefined) return;
      ifMatch = part.etag;
      let failure: unknown = new Error(`the answer ended before byte ${part.end}`);
      try {
        for await (const chunk of part.body) {
          at += chunk.length;
          breaks = 0;
          yield chunk;
        }
        if (at >= part.end) return;
      } catch (error) {
        failure = error;
      } finally {
        // Otherwise a reader that stops early would keep the connection.
        part.body.destroy();
      }
      if (++breaks === ATTEMPTS) throw s3Error(failure, `read \`s3://${bucket}/${key}\` from byte ${at} on`);
      await pause(breaks);
    }
  }

  async put(bucket: string, key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    checkKey(key);
    const { ifAbsent = false, contentType } = options;
    const token = randomUUID();
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: contentType,
      ...(ifAbsent && { IfNoneMatch: "*", Metadata: { [TOKEN]: token } }),
    });
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(command);
        return;
      } catch (error) {
        // The SDK may have sent it twice, and lost the answer to the first.
        if (ifAbsent && statusOf(error) === 412) {
          if (await this.#holds(bucket, key, token)) return;
          throw new ObjectStoreError("Exists", `There is an object \`s3://${bucket}/${key}\` already.`, {
            cause: error,
          });
        }
        // 409: somebody else is creating the object at this moment, and may fail.
        if (statusOf(error) !== 409 || attempt === ATTEMPTS) throw s3Error(error, `write \`s3://${bucket}/${key}\``);
      }
      await pause(attempt);
    }
  }

  async delete(bucket: string, key: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      throw s3Error(error, `delete \`s3://${bucket}/${key}\``);
    }
  }

  async createUpload(bucket: string, key: string, options: UploadOptions = {}): Promise<Upload> {
    checkKey(key);
    const { contentType, metadata } = options;
    const token = randomUUID();
    try {
      const { UploadId } = await this.#client.send(
        new CreateMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          ContentType: contentType,
          Metadata: { ...metadata, [TOKEN]: token },
        }),
      );
      return { bucket, key, uploadId: `${token}.${UploadId}` };
    } catch (error) {
      throw s3Error(error, `begin an upload of \`s3://${bucket}/${key}\``);
    }
  }

  async uploadPart(upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
    checkPartNumber(number);
    const { request } = parse(upload);
    try {
      const { ETag } = await this.#client.send(new UploadPartCommand({ ...request, PartNumber: number, Body: body }));
      return { number, etag: ETag!, size: body.length };
    } catch (error) {
      throw s3Error(error, `upload part ${number} of ${nameOf(upload)}`);
    }
  }

  async copyPart(upload: Upload, number: number, source: CopiedRange): Promise<UploadedPart> {
    checkPartNumber(number);
    const { request } = parse(upload);
    const { bucket, key, etag, size, from, to } = source;
    const isWhole = from === 0 && to === size;
    try {
      const { CopyPartResult } = await this.#client.send(
        new UploadPartCopyCommand({
          ...request,
          PartNumber: number,
          CopySource: `${bucket}/${encodeURIComponent(key)}`,
          CopySourceIfMatch: etag,
          // Ranges of objects of less than 5 MiB are refused.
          ...(!isWhole && { CopySourceRange: `bytes=${from}-${to - 1}` }),
        }),
      );
      return { number, etag: CopyPartResult!.ETag!, size: to - from };
    } catch (error) {
      throw s3Error(error, `copy \`s3://${bucket}/${key}\` to part ${number} of ${nameOf(upload)}`);
    }
  }

  /** What S3 says in every answer, in whole seconds, as in `LastModified`. */
  async clock(bucket: string): Promise<number> {
    const command = new HeadBucketCommand({ Bucket: bucket });
    let date: string | undefined;
    command.middlewareStack.add(
      (next) => async (input) => {
        const result = await next(input);
        date = (result.response as { readonly headers: Readonly<Record<string, string>> }).headers["date"];
        return result;
      },
      { step: "deserialize" },
    );
    try {
      await this.#client.send(command);
    } catch (error) {
      const failed = s3Error(error, `look at the bucket \`${bucket}\``);
      // The answer has no body that could say what is missing.
      throw failed.code === "NoSuchObject"
        ? new ObjectStoreError("NoSuchBucket", failed.message, { cause: error })
        : failed;
    }
    const time = Date.parse(date ?? "");
    if (!Number.isNaN(time)) return time;
    throw new ObjectStoreError(
      "Unavailable",
      `The answer about the bucket \`${bucket}\` has no date. Try again later.`,
    );
  }

  /**
   * S3 may answer with a failure after it has succeeded, and forgets completed uploads after a while: what counts is
   * whether the object with this upload's token is there. Nobody completes with a condition, because a refusal can
   * destroy the upload.
   */
  async completeUpload(upload: Upload, parts: readonly UploadedPart[]): Promise<void> {
    checkPartList(parts);
    const { request, token } = parse(upload);
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
    const command = new CompleteMultipartUploadCommand({ ...request, MultipartUpload: { Parts } });
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(command);
        return;
      } catch (cause) {
        const error = s3Error(cause, `complete ${nameOf(upload)}`);
        const isOpen = error.code === "Unavailable";
        if (!isOpen && error.code !== "NoSuchUpload") throw error;
        if (await this.#holds(upload.bucket, upload.key, token)) return;
        if (!isOpen || attempt === ATTEMPTS) throw error;
      }
      await pause(attempt);
    }
  }

  /** Their ids hold no token, because S3 does not tell it: they can be aborted, and not completed. */
  async *listUploads(bucket: string, prefix: string): AsyncIterable<Upload> {
    let from: UploadMarker | undefined = {};
    while (from !== undefined) {
      const page: ListMultipartUploadsCommandOutput = await this.#listUploadsPage(bucket, prefix, from);
      const decode = page.EncodingType === "url" ? decodeKey : (key: string) => key;
      for (const { Key, UploadId } of page.Uploads ?? []) {
        yield { bucket, key: decode(Key!), uploadId: `${NO_TOKEN}.${UploadId}` };
      }
      const { NextKeyMarker, NextUploadIdMarker } = page;
      from =
        page.IsTruncated === true
          ? { KeyMarker: decode(NextKeyMarker!), UploadIdMarker: NextUploadIdMarker! }
          : undefined;
    }
  }

  async uploadDays(bucket: string, key: string): Promise<number | undefined> {
    const days = (await this.#lifecycleRules(bucket))
      .filter(({ Status, Filter, Prefix = "" }) => {
        // Rules that look at tags or sizes do not apply to uploads, which have none.
        return Status === "Enabled" && key.startsWith(Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix);
      })
      .flatMap(({ AbortIncompleteMultipartUpload: abort }) => abort?.DaysAfterInitiation ?? []);
    return days.length === 0 ? undefined : Math.min(...days);
  }

  /** None when there are none, and when we may not read them. */
  async #lifecycleRules(bucket: string): Promise<readonly LifecycleRule[]> {
    try {
      const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
      return (await this.#client.send(command)).Rules ?? [];
    } catch (error) {
      const status = statusOf(error);
      if (status === 403 || status === 404 || status === 405 || status === 501) return [];
      throw s3Error(error, `read the lifecycle rules of the bucket \`${bucket}\``);
    }
  }

  async abortUpload(upload: Upload): Promise<void> {
    if (!isUploadId(upload.uploadId)) return;
    try {
      await this.#client.send(new AbortMultipartUploadCommand(parse(upload).request));
    } catch (cause) {
      const error = s3Error(cause, `abort ${nameOf(upload)}`);
      if (error.code !== "NoSuchUpload") throw error;
    }
  }

  async #listPage(
    bucket: string,
    prefix: string,
    after: string | undefined,
    token: string | undefined,
  ): Promise<ListObjectsV2CommandOutput> {
    try {
      return await this.#client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          StartAfter: after,
          ContinuationToken: token,
          // XML cannot hold every character that a key can.
          EncodingType: "url",
        }),
      );
    } catch (error) {
      throw s3Error(error, `list \`s3://${bucket}/${prefix}\``);
    }
  }

  async #listUploadsPage(
    bucket: string,
    prefix: string,
    from: UploadMarker,
  ): Promise<ListMultipartUploadsCommandOutput> {
    try {
      return await this.#client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: "url", ...from }),
      );
    } catch (error) {
      throw s3Error(error, `list the uploads of \`s3://${bucket}/${prefix}\``);
    }
  }

  async #head(bucket: string, key: string): Promise<HeadObjectCommandOutput | undefined> {
    try {
      return await this.#client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw s3Error(error, `look at \`s3://${bucket}/${key}\``);
    }
  }

  async #holds(bucket: string, key: string, token: string): Promise<boolean> {
    const found = await this.#head(bucket, key);
    return found?.Metadata?.[TOKEN] === token;
  }

  /** Undefined when the object ends before `at`. */
  async #get(
    bucket: string,
    key: string,
    at: number,
    to: number,
    ifMatch: string | undefined,
  ): Promise<OpenedRange | undefined> {
    const isWhole = at === 0 && to === Infinity;
    try {
      const { Body, ContentLength, ETag } = await this.#client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          IfMatch: ifMatch,
          ...(!isWhole && { Range: `bytes=${at}-${to === Infinity ? "" : to - 1}` }),
        }),
      );
      return { body: Body as Readable, end: at + (ContentLength ?? 0), etag: ETag };
    } catch (error) {
      if (statusOf(error) === 416) return undefined;
      throw s3Error(error, `read \`s3://${bucket}/${key}\``);
    }
  }
}

interface UploadMarker {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

interface OpenedRange {
  readonly body: Readable & AsyncIterable<Uint8Array>;
  /** The offset in the object at which the body ends. */
  readonly end: number;
  readonly etag: string | undefined;
}

/** Keys come as in a form's text: a blank is a plus, other characters are percent-encoded. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}

/** Our upload ids are the token and S3's own id: whoever completes an upload has to know both. */
function parse(upload: Upload) {
  const { bucket, key, uploadId } = upload;
  if (!isUploadId(uploadId))
    throw new ObjectStoreError(
      "NoSuchUpload",
      `This engine did not begin ${nameOf(upload)}: its id is not one of ours.`,
    );
  const [token, ...id] = uploadId.split(".");
  return { token: token!, request: { Bucket: bucket, Key: key, UploadId: id.join(".") } };
}

function isUploadId(uploadId: string): boolean {
  return /^[0-9a-f-]{36}\../.test(uploadId);
}

function nameOf({ bucket, key }: Upload): string {
  return `the upload of \`s3://${bucket}/${key}\``;
}

/** Doubles with every attempt; the rest is chance, so that many do not come back together. */
function pause(attempt: number): Promise<void> {
  return sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
}
