/**
 * Buckets of objects: Amazon S3, or folders on a disk. Whatever is written becomes visible only as a whole.
 * Every failure is an `ObjectStoreError`; its code tells what to do.
 */
export interface ObjectStore {
  /** Objects whose key starts with `prefix`, ordered by the bytes of their keys, those after `after` only. */
  list(bucket: string, prefix: string, after?: string): AsyncIterable<ObjectInfo>;
  /** Undefined when there is no such object. */
  head(bucket: string, key: string): Promise<ObjectInfo | undefined>;
  /**
   * The bytes from `from` up to, not including, `to`. A chunk is valid until the next one is pulled. `ifMatch` fails with
   * `Changed` when the object is another one.
   */
  read(bucket: string, key: string, range?: ReadRange): AsyncIterable<Uint8Array>;
  /** Writes a small object in one call. With `ifAbsent` it fails with `Exists` instead of replacing one. */
  put(bucket: string, key: string, body: Uint8Array, options?: PutOptions): Promise<void>;
  delete(bucket: string, key: string): Promise<void>;
  /** Opens a multipart upload. Nothing is visible until it is completed. */
  createUpload(bucket: string, key: string, options?: UploadOptions): Promise<Upload>;
  /**
   * Adds part `number` (1 to 10,000). Every part but the last must have at least `MIN_PART_BYTES`. The body is the
   * caller's again as soon as this has succeeded or failed.
   */
  uploadPart(upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart>;
  /**
   * Adds a part that is a range of another object, or all of it, without sending its bytes here and back: at least
   * `MIN_PART_BYTES` unless it is the last, at most 5 GiB. Fails with `Changed` or `NoSuchObject` when that is not
   * the object any more. Undefined where the two buckets have nothing to do with each other: then its bytes are to be read
   * and uploaded.
   */
  copyPart(upload: Upload, number: number, source: CopiedRange): Promise<UploadedPart | undefined>;
  /** Makes the object visible. Repeating it after it has succeeded, with the same parts, succeeds again. */
  completeUpload(upload: Upload, parts: readonly UploadedPart[]): Promise<void>;
  /** The uploads that are neither completed nor aborted, of keys that start with `prefix`. They are there to be aborted. */
  listUploads(bucket: string, prefix: string): AsyncIterable<Upload>;
  /**
   * After how many days the bucket itself throws uploads of such keys away that are not completed; undefined when it never
   * does, or when nobody may know.
   */
  uploadDays(bucket: string, key: string): Promise<number | undefined>;
  /** Milliseconds since 1970 by the clock that gives objects of the bucket their `modifiedAt`: none gets an earlier one from now on. */
  clock(bucket: string): Promise<number>;
  /** Throws the parts away. Aborting twice, or an upload that is gone, is no error. */
  abortUpload(upload: Upload): Promise<void>;
}

export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

export interface ReadRange {
  readonly from?: number;
  readonly to?: number;
  readonly ifMatch?: string;
  /**
   * Room for the whole range. A store that can writes the bytes right there: then each chunk is the part of it where its
   * bytes belong.
   */
  readonly into?: Uint8Array;
}

export interface PutOptions {
  readonly ifAbsent?: boolean;
  readonly contentType?: string;
}

export interface UploadOptions {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A plain value: it can be stored, and another process can go on with it. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** The bytes from `from` up to, not including, `to` of an object that has `size`. */
export interface CopiedRange {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
  readonly size: number;
}

/** S3's own limit (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html); folders keep it too. */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
export const MAX_PARTS = 10_000;

export type ObjectStoreErrorCode =
  | "NoSuchBucket"
  | "NoSuchObject"
  | "NoSuchUpload"
  | "Changed"
  | "Exists"
  | "AccessDenied"
  | "Unavailable"
  | "Invalid";

export class ObjectStoreError extends Error {
  readonly code: ObjectStoreErrorCode;

  constructor(code: ObjectStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ObjectStoreError";
    this.code = code;
  }
}
