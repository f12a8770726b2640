import { createHash } from "node:crypto";
import { compareKeys } from "../../src/sdk/compare-keys.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { ObjectInfo, ObjectStoreErrorCode, Upload, UploadedPart } from "../../src/sdk/object-store.ts";

/**
 * How a server takes it when a completed upload is completed again. `succeeds`: as Amazon S3, even when the object is
 * gone (https://github.com/adobe/S3Mock/issues/2586); `forgets`: the upload is not known any more.
 */
export type RepeatedComplete = "succeeds" | "forgets";

interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  /** The upload that it was completed from; undefined: it was put. */
  readonly uploadId: string | undefined;
}

export interface StoredUpload {
  readonly upload: Upload;
  readonly parts: Map<number, { readonly etag: string; readonly body: Buffer }>;
  state: "open" | "completed" | "aborted";
}

/** An object that readers could see, at any time. */
export interface SeenObject {
  readonly bucket: string;
  readonly key: string;
  readonly body: Buffer;
}

/** The buckets of an object store in memory. Every method is one moment: nothing happens while it is at work. */
export class Buckets {
  readonly uploads = new Map<string, StoredUpload>();
  /** Everything that was ever visible, in its order. */
  readonly seen: SeenObject[] = [];
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  readonly #repeated: RepeatedComplete;

  constructor(names: readonly string[], repeated: RepeatedComplete) {
    for (const name of names) this.#objects.set(name, new Map());
    this.#repeated = repeated;
  }

  keys(bucket: string, prefix = ""): readonly string[] {
    return [...this.#bucket(bucket).keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
  }

  object(bucket: string, key: string): StoredObject | undefined {
    return this.#bucket(bucket).get(key);
  }

  info(bucket: string, key: string): ObjectInfo | undefined {
    const object = this.object(bucket, key);
    return object && { key, size: object.body.length, etag: md5(object.body), modifiedAt: 0 };
  }

  /** With `etag`, of the object that has it only. */
  read(bucket: string, key: string, etag?: string): Buffer {
    const object = this.object(bucket, key);
    if (object === undefined) throw failure("NoSuchObject", `There is no object ${key}.`);
    if (etag !== undefined && md5(object.body) !== etag) throw failure("Changed", `${key} is another object by now.`);
    return object.body;
  }

  put(bucket: string, key: string, body: Uint8Array): void {
    this.#store(bucket, { key, body: Buffer.from(body), uploadId: undefined });
  }

  delete(bucket: string, key: string): void {
    this.#bucket(bucket).delete(key);
  }

  createUpload(bucket: string, key: string): Upload {
    this.#bucket(bucket);
    const upload = { bucket, key, uploadId: `u${this.uploads.size + 1}` };
    this.uploads.set(upload.uploadId, { upload, parts: new Map(), state: "open" });
    return upload;
  }

  /** Whether a part may be on its way: S3 looks before it takes the bytes. */
  admitPart(upload: Upload): void {
    if (this.#known(upload).state !== "open") throw noSuchUpload(upload);
  }

  /**
   * A part that was admitted arrives. That of an upload that was aborted meanwhile can be refused, or stay, and then the
   * upload is to be aborted again (https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html).
   */
  landPart(upload: Upload, number: number, body: Uint8Array, staysBehind: boolean): UploadedPart {
    const stored = this.#known(upload);
    if (stored.state === "completed" || (stored.state === "aborted" && !staysBehind)) throw noSuchUpload(upload);
    const etag = md5(body);
    stored.parts.set(number, { etag, body: Buffer.from(body) });
    return { number, etag, size: body.length };
  }

  complete(upload: Upload, parts: readonly UploadedPart[]): void {
    const stored = this.#known(upload);
    if (stored.state === "completed" && this.#repeated === "succeeds") return;
    if (stored.state !== "open") throw noSuchUpload(upload);
    const bodies = parts.map(({ number, etag }) => {
      const part = stored.parts.get(number);
      if (part?.etag !== etag) throw failure("Invalid", `The upload of ${upload.key} has no such part.`);
      return part.body;
    });
    this.#store(upload.bucket, { key: upload.key, body: Buffer.concat(bodies), uploadId: upload.uploadId });
    stored.state = "completed";
  }

  /** Whether the object is there, and comes from this very upload. */
  holds({ bucket, key, uploadId }: Upload): boolean {
    return this.object(bucket, key)?.uploadId === uploadId;
  }

  abort({ uploadId }: Upload): void {
    const stored = this.uploads.get(uploadId);
    if (stored === undefined || stored.state === "completed") return;
    stored.state = "aborted";
    stored.parts.clear();
  }

  /** Uploads that hold something, or may come to: those that are to be aborted. */
  openUploads(bucket: string, prefix = ""): readonly Upload[] {
    const isOpen = ({ upload, parts, state }: StoredUpload) =>
      upload.bucket === bucket &&
      upload.key.startsWith(prefix) &&
      (state === "open" || (state === "aborted" && parts.size > 0));
    return [...this.uploads.values()].filter(isOpen).map(({ upload }) => upload);
  }

  #bucket(bucket: string): Map<string, StoredObject> {
    const found = this.#objects.get(bucket);
    if (found === undefined) throw failure("NoSuchBucket", `There is no bucket ${bucket}.`);
    return found;
  }

  #known(upload: Upload): StoredUpload {
    const found = this.uploads.get(upload.uploadId);
    if (found === undefined) throw noSuchUpload(upload);
    return found;
  }

  #store(bucket: string, object: StoredObject): void {
    this.#bucket(bucket).set(object.key, object);
    this.seen.push({ bucket, key: object.key, body: object.body });
  }
}

export function md5(body: Uint8Array): string {
  return createHash("md5").update(body).digest("hex");
}

function noSuchUpload({ key }: Upload): ObjectStoreError {
  return failure("NoSuchUpload", `There is no upload of ${key}.`);
}

function failure(code: ObjectStoreErrorCode, message: string): ObjectStoreError {
  return new ObjectStoreError(code, message);
}
