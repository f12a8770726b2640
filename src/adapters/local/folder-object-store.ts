import { randomUUID } from "node:crypto";
import { lstat, readdir, realpath, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { checkKey, checkRange } from "../../sdk/object-rules.ts";
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
import { openFile, readChunks, readInto, writeNewFile } from "./durable-files.ts";
import { folderError, ifThere } from "./folder-error.ts";
import { FolderUploads, PUT } from "./folder-uploads.ts";
import { listFolder } from "./list-folder.ts";
import { infoOf, ObjectFolder } from "./object-folder.ts";

export interface FolderObjectStoreOptions {
  /** Every folder in it is a bucket of that name. */
  readonly root: string;
  /** Buckets that are elsewhere: name to folder. */
  readonly buckets?: ReadonlyMap<string, string>;
}

interface Bucket {
  readonly objects: ObjectFolder;
  readonly uploads: FolderUploads;
}

/**
 * Buckets that are folders. An object is a file, an ordinary key is its path (key-names.ts has the others). Whatever is
 * written is on the disk before it is visible. Symbolic links inside a bucket are neither listed nor followed. Content
 * types and metadata are not kept: a file has none.
 */
export class FolderObjectStore implements ObjectStore {
  readonly #options: FolderObjectStoreOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: FolderObjectStoreOptions) {
    this.#options = options;
  }

  async *list(bucket: string, prefix: string, after?: string): AsyncIterable<ObjectInfo> {
    try {
      const { objects } = await this.#open(bucket);
      yield* listFolder(objects, prefix, after);
    } catch (error) {
      throw folderError(error, `list \`${prefix}\` in the bucket \`${bucket}\``);
    }
  }

  head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    return this.#attempt("look at", bucket, key, async ({ objects }) => {
      const found = await objects.find(key);
      return found && infoOf(key, found.stats);
    });
  }

  async *read(bucket: string, key: string, range: ReadRange = {}): AsyncIterable<Uint8Array> {
    checkRange(range);
    try {
      const { objects } = await this.#open(bucket);
      yield* readObject(objects, key, range);
    } catch (error) {
      throw folderError(error, `read \`${key}\` in the bucket \`${bucket}\``);
    }
  }

  async put(bucket: string, key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    checkKey(key);
    await this.#attempt("write", bucket, key, async ({ objects }) => {
      const file = join(await objects.makeStaging(), PUT + randomUUID());
      try {
        await writeNewFile(file, body);
        if (options.ifAbsent === true) await objects.create(file, key);
        else if (!(await objects.replace(file, key))) throw sweptAway(key);
      } finally {
        await rm(file, { force: true });
      }
    });
  }

  /**
   * Removes from every bucket what calls left behind whose process was killed, unless it was touched less than so many
   * milliseconds ago. Whatever an upload holds that somebody knows of stays.
   */
  async sweep(untouchedMs: number): Promise<void> {
    const { root, buckets = new Map<string, string>() } = this.#options;
    const found = (await ifThere(readdir(root))) ?? [];
    for (const name of new Set([...found.filter(isFolderName), ...buckets.keys()])) {
      const bucket = await this.#openIfThere(name);
      await bucket?.uploads.sweep(untouchedMs);
    }
  }

  delete(bucket: string, key: string): Promise<void> {
    return this.#attempt("delete", bucket, key, ({ objects }) => objects.remove(key));
  }

  async createUpload(bucket: string, key: string, _options?: UploadOptions): Promise<Upload> {
    checkKey(key);
    const uploadId = await this.#attempt("begin", bucket, key, ({ uploads }) => uploads.create(key));
    return { bucket, key, uploadId };
  }

  uploadPart({ bucket, key, uploadId }: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
    const part = `write part ${number} of`;
    return this.#attempt(part, bucket, key, ({ uploads }) => uploads.uploadPart(key, uploadId, number, body));
  }

  async copyPart({ bucket, key, uploadId }: Upload, number: number, source: CopiedRange): Promise<UploadedPart> {
    const { objects } = await this.#open(source.bucket);
    const copied = { bucket: source.bucket, key: source.key };
    const path = await this.#attempt("copy", copied.bucket, copied.key, () => pathOf(objects, source));
    const { from, to } = source;
    const part = `copy part ${number} of`;
    try {
      return await this.#attempt(part, bucket, key, ({ uploads }) =>
        uploads.copyPart(key, uploadId, number, { path, from, to }),
      );
    } finally {
      // Somebody may have written to the file in place, or removed it, meanwhile.
      await this.#attempt("copy", copied.bucket, copied.key, () => pathOf(objects, source));
    }
  }

  async clock(bucket: string): Promise<number> {
    await this.#attempt("look at", bucket, "", () => Promise.resolve());
    return Date.now() - COARSE_CLOCK_MS;
  }

  completeUpload({ bucket, key, uploadId }: Upload, parts: readonly UploadedPart[]): Promise<void> {
    return this.#attempt("complete", bucket, key, ({ uploads }) => uploads.complete(key, uploadId, parts));
  }

  async *listUploads(bucket: string, prefix: string): AsyncIterable<Upload> {
    try {
      const { uploads } = await this.#open(bucket);
      for await (const { key, uploadId } of uploads.list()) {
        if (key.startsWith(prefix)) yield { bucket, key, uploadId };
      }
    } catch (error) {
      throw folderError(error, `list the uploads of \`${prefix}\` in the bucket \`${bucket}\``);
    }
  }

  /** Folders keep what is in them. */
  uploadDays(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  abortUpload({ bucket, key, uploadId }: Upload): Promise<void> {
    return this.#attempt("abort the upload of", bucket, key, ({ uploads }) => uploads.abort(key, uploadId));
  }

  async #attempt<T>(doing: string, bucket: string, key: string, run: (bucket: Bucket) => Promise<T>): Promise<T> {
    try {
      return await run(await this.#open(bucket));
    } catch (error) {
      throw folderError(error, `${doing} \`${key}\` in the bucket \`${bucket}\``);
    }
  }

  async #openIfThere(name: string): Promise<Bucket | undefined> {
    try {
      return await this.#open(name);
    } catch (error) {
      if (error instanceof ObjectStoreError && error.code === "NoSuchBucket") return undefined;
      throw error;
    }
  }

  async #open(name: string): Promise<Bucket> {
    const path = await this.#folderOf(name);
    const known = this.#buckets.get(path);
    if (known !== undefined) return known;
    const objects = new ObjectFolder(path);
    const bucket = { objects, uploads: new FolderUploads(objects) };
    this.#buckets.set(path, bucket);
    return bucket;
  }

  /** The bucket's folder, without symbolic links on the way to it. */
  async #folderOf(bucket: string): Promise<string> {
    const mapped = this.#options.buckets?.get(bucket);
    if (mapped === undefined && !isFolderName(bucket)) {
      throw noSuchBucket(bucket, "No folder can have this name: use letters, digits, `.`, `-` and `_`.");
    }
    const path = mapped ?? join(this.#options.root, bucket);
    // The owner may map a bucket to a link; whoever can write to the root may not make one.
    const real = await ifThere(mapped === undefined ? realFolderIn(this.#options.root, bucket) : realpath(mapped));
    const stats = real === undefined ? undefined : await ifThere(lstat(real));
    if (real !== undefined && stats?.isDirectory()) return real;
    throw noSuchBucket(bucket, `Make the folder \`${path}\`, or map the bucket to another one.`);
  }
}

async function realFolderIn(root: string, name: string): Promise<string> {
  return join(await realpath(root), name);
}

async function* readObject(objects: ObjectFolder, key: string, range: ReadRange): AsyncGenerator<Uint8Array> {
  const { from = 0, to = Infinity, ifMatch, into } = range;
  await using file = await openObject(objects, key);
  const { etag, size } = infoOf(key, await file.stat({ bigint: true }));
  if (ifMatch !== undefined && ifMatch !== etag) throw changed(key);
  const end = Math.min(to, size);
  yield* into === undefined ? readChunks(file, from, end) : readInto(file, from, end, into);
  // Somebody else may write to the file in place; a reader that named its object must not take the mixture for it.
  const after = infoOf(key, await file.stat({ bigint: true }));
  if (after.size < end || (ifMatch !== undefined && ifMatch !== after.etag)) throw changed(key);
}

/** Files are dated by a clock that stands still between two ticks of the kernel: 10 ms at the most. */
const COARSE_CLOCK_MS = 20;

/** Fails when it is another object. */
async function pathOf(objects: ObjectFolder, { key, etag }: CopiedRange): Promise<string> {
  const found = await objects.find(key);
  if (found === undefined) throw noSuchObject(objects, key);
  if (infoOf(key, found.stats).etag !== etag) throw changed(key);
  return found.path;
}

async function openObject(objects: ObjectFolder, key: string): Promise<FileHandle> {
  const found = await objects.find(key);
  const file = found && (await ifThere(openFile(found.path)));
  if (file !== undefined) return file;
  throw noSuchObject(objects, key);
}

function noSuchObject(objects: ObjectFolder, key: string): ObjectStoreError {
  return new ObjectStoreError("NoSuchObject", `There is no object \`${key}\` in \`${objects.path}\`.`);
}

/** Names that stay in the root. */
function isFolderName(bucket: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(bucket);
}

function noSuchBucket(bucket: string, advice: string): ObjectStoreError {
  return new ObjectStoreError("NoSuchBucket", `There is no bucket \`${bucket}\`. ${advice}`);
}

function sweptAway(key: string): ObjectStoreError {
  return new ObjectStoreError("Unavailable", `\`${key}\` took too long to write and was swept away. Write it again.`);
}

function changed(key: string): ObjectStoreError {
  return new ObjectStoreError(
    "Changed",
    `\`${key}\` is not the object any more that it was. Read it again from its start.`,
  );
}
