import { createHash, randomUUID } from "node:crypto";
import { compareKeys } from "../../src/sdk/compare-keys.ts";
import { checkKey, checkPartList, checkPartNumber, checkRange } from "../../src/sdk/object-rules.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type {
  CopiedRange,
  ObjectInfo,
  ObjectStore,
  ObjectStoreErrorCode,
  PutOptions,
  ReadRange,
  Upload,
  UploadedPart,
  UploadOptions,
} from "../../src/sdk/object-store.ts";

interface StoredObject extends ObjectInfo {
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

interface OpenUpload {
  readonly upload: Upload;
  readonly contentType: string | undefined;
  readonly parts: Map<string, Buffer>;
  /** The parts it was completed with. */
  completed?: string;
}

/** An object store for tests. What tests look at, but the port does not offer, comes first. */
export class MemoryObjectStore implements ObjectStore {
  readonly #buckets: Map<string, Map<string, StoredObject>>;
  readonly #uploads = new Map<string, OpenUpload>();
  readonly #chunkBytes: number;
  /** Its clock. */
  now: () => number = () => Date.now();

  constructor(buckets: readonly string[], options: { readonly chunkBytes?: number } = {}) {
    this.#buckets = new Map(buckets.map((bucket) => [bucket, new Map()]));
    this.#chunkBytes = options.chunkBytes ?? 64 * 1024;
  }

  keys(bucket: string): string[] {
    return [...this.#bucket(bucket).keys()].sort(compareKeys);
  }

  bytes(bucket: string, key: string): Buffer {
    return this.#object(bucket, key).body;
  }

  text(bucket: string, key: string): string {
    return this.bytes(bucket, key).toString();
  }

  contentType(bucket: string, key: string): string | undefined {
    return this.#object(bucket, key).contentType;
  }

  /** Uploads that are neither completed nor aborted. */
  openUploads(): Upload[] {
    return [...this.#uploads.values()].filter(({ completed }) => completed === undefined).map(({ upload }) => upload);
  }

  async *list(bucket: string, prefix: string, after?: string): AsyncIterable<ObjectInfo> {
    for (const key of this.keys(bucket)) {
      if (!key.startsWith(prefix) || (after !== undefined && compareKeys(key, after) <= 0)) continue;
      const found = this.#bucket(bucket).get(key);
      if (found !== undefined) yield infoOf(found);
    }
  }

  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    const found = this.#bucket(bucket).get(key);
    return found && infoOf(found);
  }

  async *read(bucket: string, key: string, range: ReadRange = {}): AsyncIterable<Uint8Array> {
    checkRange(range);
    const { body, etag } = this.#object(bucket, key);
    if (range.ifMatch !== undefined && range.ifMatch !== etag) throw failure("Changed", `${key} is another object.`);
    const wanted = body.subarray(range.from ?? 0, range.to);
    for (let at = 0; at < wanted.length; at += this.#chunkBytes) {
      yield Buffer.from(wanted.subarray(at, at + this.#chunkBytes));
    }
  }

  async put(bucket: string, key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    checkKey(key);
    if (options.ifAbsent === true && this.#bucket(bucket).has(key)) throw failure("Exists", `${key} exists.`);
    this.#store(bucket, key, Buffer.from(body), options.contentType);
  }

  async delete(bucket: string, key: string): Promise<void> {
    this.#bucket(bucket).delete(key);
  }

  async createUpload(bucket: string, key: string, options: UploadOptions = {}): Promise<Upload> {
    checkKey(key);
    this.#bucket(bucket);
    const upload = { bucket, key, uploadId: randomUUID() };
    this.#uploads.set(upload.uploadId, { upload, contentType: options.contentType, parts: new Map() });
    return upload;
  }

  async uploadPart(upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
    checkPartNumber(number);
    const { parts, completed } = this.#upload(upload);
    if (completed !== undefined) throw failure("NoSuchUpload", `The upload of ${upload.key} is completed.`);
    const etag = md5(body);
    parts.set(`${number} ${etag}`, Buffer.from(body));
    return { number, etag, size: body.length };
  }

  async copyPart(upload: Upload, number: number, source: CopiedRange): Promise<UploadedPart | undefined> {
    const { body, etag } = this.#object(source.bucket, source.key);
    if (etag !== source.etag) throw failure("Changed", `${source.key} is another object.`);
    return this.uploadPart(upload, number, body.subarray(source.from, source.to));
  }

  async clock(bucket: string): Promise<number> {
    this.#bucket(bucket);
    return this.now();
  }

  async completeUpload(upload: Upload, parts: readonly UploadedPart[]): Promise<void> {
    checkPartList(parts);
    const open = this.#upload(upload);
    const names = parts.map(({ number, etag }) => `${number} ${etag}`);
    if (open.completed === names.join()) return;
    const bodies = names.map((name) => open.parts.get(name));
    if (bodies.includes(undefined)) throw failure("Invalid", `The upload of ${upload.key} has no such part.`);
    this.#store(upload.bucket, upload.key, Buffer.concat(bodies as Buffer[]), open.contentType);
    open.completed = names.join();
    open.parts.clear();
  }

  async *listUploads(bucket: string, prefix: string): AsyncIterable<Upload> {
    this.#bucket(bucket);
    for (const upload of this.openUploads()) {
      if (upload.bucket === bucket && upload.key.startsWith(prefix)) yield upload;
    }
  }

  async uploadDays(): Promise<number | undefined> {
    return undefined;
  }

  async abortUpload(upload: Upload): Promise<void> {
    if (this.#uploads.get(upload.uploadId)?.completed === undefined) this.#uploads.delete(upload.uploadId);
  }

  #bucket(bucket: string): Map<string, StoredObject> {
    const found = this.#buckets.get(bucket);
    if (found === undefined) throw failure("NoSuchBucket", `There is no bucket ${bucket}.`);
    return found;
  }

  #object(bucket: string, key: string): StoredObject {
    const found = this.#bucket(bucket).get(key);
    if (found === undefined) throw failure("NoSuchObject", `There is no object ${bucket}/${key}.`);
    return found;
  }

  #upload({ bucket, key, uploadId }: Upload): OpenUpload {
    const found = this.#uploads.get(uploadId);
    if (found?.upload.key !== key || found.upload.bucket !== bucket) {
      throw failure("NoSuchUpload", `There is no upload of ${key}.`);
    }
    return found;
  }

  #store(bucket: string, key: string, body: Buffer, contentType: string | undefined): void {
    const info = { key, size: body.length, etag: md5(body), modifiedAt: this.now() };
    this.#bucket(bucket).set(key, { ...info, body, contentType });
  }
}

function infoOf({ key, size, etag, modifiedAt }: StoredObject): ObjectInfo {
  return { key, size, etag, modifiedAt };
}

function md5(body: Uint8Array): string {
  return createHash("md5").update(body).digest("hex");
}

function failure(code: ObjectStoreErrorCode, message: string): ObjectStoreError {
  return new ObjectStoreError(code, message);
}
