import { createHash, hash, randomBytes, randomUUID } from "node:crypto";
import { link, lstat, mkdir, readdir, readFile, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { checkPartList, checkPartNumber } from "../../sdk/object-rules.ts";
import { ObjectStoreError } from "../../sdk/object-store.ts";
import type { UploadedPart } from "../../sdk/object-store.ts";
import { concatenate, syncFolder, writeNewFile } from "./durable-files.ts";
import type { FileRange } from "./durable-files.ts";
import { errno, ifThere } from "./folder-error.ts";
import { JOINED, JoinedParts } from "./joined-parts.ts";
import type { ObjectFolder } from "./object-folder.ts";

/** How long a completed upload is remembered, so that completing it again succeeds. */
const REMEMBERED_MS = 7 * 24 * 60 * 60 * 1000;

/** Forgetting looks at every upload there is, so it waits for this many to be completed. */
const COMPLETED_BEFORE_FORGETTING = 1000;

/** In an upload's folder: the key that it is for. */
const KEY = "key";

/** In an upload's folder: says that it is decided of which file the object is made. */
const SEAL = "seal.json";

/** How the names begin of what `put` writes, and of uploads that are being removed. */
export const PUT = "put-";
const ABORTED = "aborted-";

const UPLOAD_ID = /^[0-9a-f]{48}$/;

interface Seal {
  /** The name, in the upload's folder, of the file that becomes the object. Once it is gone, the object was visible. */
  readonly file: string;
  /** Of the parts, so that only the same parts complete it again. */
  readonly digest: string;
}

/**
 * The multipart uploads of one bucket. Each is a folder in the staging folder: parts that come in order stand in one file,
 * any other part is a file of its own. None keeps a file open. Parts are on the disk when `uploadPart` returns, so an
 * upload survives a crash and a loss of power. At most one process adds parts to an upload.
 */
export class FolderUploads {
  readonly #objects: ObjectFolder;
  /** The folders of uploads to which this process is appending a part. */
  readonly #appending = new Set<string>();
  #completed = 0;

  constructor(objects: ObjectFolder) {
    this.#objects = objects;
  }

  async create(key: string): Promise<string> {
    // The id says whose it is: an upload belongs to its key.
    const uploadId = randomBytes(16).toString("hex") + keyHash(key);
    const staging = await this.#objects.makeStaging();
    await mkdir(join(staging, uploadId));
    await writeNewFile(join(staging, uploadId, KEY), Buffer.from(key));
    await syncFolder(staging);
    return uploadId;
  }

  /** Those that are neither completed nor aborted, with their keys. */
  async *list(): AsyncGenerator<{ readonly key: string; readonly uploadId: string }> {
    const { staging } = this.#objects;
    const names = (await ifThere(readdir(staging))) ?? [];
    for (const uploadId of names.filter((name) => UPLOAD_ID.test(name))) {
      const folder = join(staging, uploadId);
      const key = await ifThere(readFile(join(folder, KEY), "utf8"));
      if (key === undefined || !isUploadId(key, uploadId) || (await readSeal(folder)) !== undefined) continue;
      yield { key, uploadId };
    }
  }

  /**
   * Removes what calls left behind whose process was killed: files of `put`, uploads that were being created or aborted,
   * unless they were touched less than so many milliseconds ago. A call that is slower, and still under way, fails.
   */
  async sweep(untouchedMs: number): Promise<void> {
    const { staging } = this.#objects;
    for (const name of (await ifThere(readdir(staging))) ?? []) {
      const path = join(staging, name);
      const stats = await ifThere(lstat(path));
      if (stats === undefined || Date.now() - stats.mtimeMs < untouchedMs) continue;
      const isLeft = UPLOAD_ID.test(name)
        ? await isBegun(path, name)
        : name.startsWith(PUT) || name.startsWith(ABORTED);
      if (isLeft) await rm(path, { recursive: true, force: true });
    }
  }

  uploadPart(key: string, uploadId: string, number: number, body: Uint8Array): Promise<UploadedPart> {
    return this.#addPart(key, uploadId, number, body.length, async (folder, part) => {
      if (await this.#append(folder, part, body)) return;
      await writeNewFile(join(folder, fileOf(part)), body);
      await syncFolder(folder);
    });
  }

  /** The bytes of the file's range are the part: a file of its own. */
  copyPart(key: string, uploadId: string, number: number, range: Required<FileRange>): Promise<UploadedPart> {
    return this.#addPart(key, uploadId, number, range.to - range.from, async (folder, part) => {
      await concatenate([range], join(folder, fileOf(part)));
      await syncFolder(folder);
    });
  }

  async #addPart(
    key: string,
    uploadId: string,
    number: number,
    size: number,
    write: (folder: string, part: UploadedPart) => Promise<void>,
  ): Promise<UploadedPart> {
    checkPartNumber(number);
    const folder = this.#folderOf(key, uploadId);
    if ((await readSeal(folder)) !== undefined) throw noSuchUpload(key);
    // Two parts are never taken for one another, whatever they hold.
    const part = { number, etag: randomBytes(16).toString("hex"), size };
    try {
      await write(folder, part);
    } catch (error) {
      if (errno(error) === "ENOENT") throw noSuchUpload(key);
      throw error;
    }
    return part;
  }

  /**
   * Decides, by a seal, which file becomes the object, then moves it to its key. Whoever comes later, or again after a
   * crash, finds the seal and goes on from there; a sealed upload without its file is done.
   */
  async complete(key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<void> {
    checkPartList(parts);
    const folder = this.#folderOf(key, uploadId);
    const digest = digestOf(parts);
    const seal = (await readSeal(folder)) ?? (await this.#seal(key, folder, parts, digest));
    if (seal.digest !== digest)
      throw invalid(key, "It was completed with other parts; complete it with the same ones.");
    await this.#objects.replace(join(folder, seal.file), key);
    await removeAllBut(folder, SEAL);
    if (this.#completed++ % COMPLETED_BEFORE_FORGETTING === 0) await this.#forget();
  }

  /** A sealed upload is decided, so it stays. */
  async abort(key: string, uploadId: string): Promise<void> {
    if (!isUploadId(key, uploadId)) return;
    const { staging } = this.#objects;
    const folder = join(staging, uploadId);
    if ((await readSeal(folder)) !== undefined) return;
    // A part that is on its way must not find the folder while it is being emptied.
    const doomed = join(staging, ABORTED + randomUUID());
    await ifThere(rename(folder, doomed));
    await rm(doomed, { recursive: true, force: true });
  }

  /** False when the part does not come right behind the last one, or while another is being appended. */
  async #append(folder: string, part: UploadedPart, body: Uint8Array): Promise<boolean> {
    if (this.#appending.has(folder)) return false;
    this.#appending.add(folder);
    try {
      const joined = await JoinedParts.load(folder);
      if (!joined.takes(part.number)) return false;
      await joined.append(part, body);
      return true;
    } finally {
      this.#appending.delete(folder);
    }
  }

  #folderOf(key: string, uploadId: string): string {
    if (!isUploadId(key, uploadId)) throw noSuchUpload(key);
    return join(this.#objects.staging, uploadId);
  }

  async #seal(key: string, folder: string, parts: readonly UploadedPart[], digest: string): Promise<Seal> {
    try {
      if ((await ifThere(lstat(folder))) === undefined) throw noSuchUpload(key);
      const joined = await JoinedParts.load(folder);
      await checkFiles(key, folder, parts, joined);
      const file = await joinParts(folder, parts, joined);
      await writeSeal(folder, { file, digest });
    } catch (error) {
      // Somebody else was faster, and may have removed the parts already.
      const theirs = await readSeal(folder);
      if (theirs !== undefined) return theirs;
      throw errno(error) === "ENOENT" ? noSuchUpload(key) : error;
    }
    return (await readSeal(folder))!;
  }

  /** Removes what completed uploads left behind, a week after. */
  async #forget(): Promise<void> {
    const { staging } = this.#objects;
    for (const name of await readdir(staging)) {
      const folder = join(staging, name);
      const stats = await ifThere(lstat(join(folder, SEAL)));
      if (stats === undefined || Date.now() - stats.mtimeMs < REMEMBERED_MS) continue;
      const seal = await readSeal(folder);
      const unmoved = seal && (await ifThere(lstat(join(folder, seal.file))));
      if (unmoved === undefined) await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Whether the upload's folder is there, but nobody has been told of the upload yet. */
async function isBegun(folder: string, uploadId: string): Promise<boolean> {
  if ((await readSeal(folder)) !== undefined) return false;
  const key = await ifThere(readFile(join(folder, KEY), "utf8"));
  return key === undefined || !isUploadId(key, uploadId);
}

function isUploadId(key: string, uploadId: string): boolean {
  return UPLOAD_ID.test(uploadId) && uploadId.endsWith(keyHash(key));
}

function keyHash(key: string): string {
  return hash("sha256", key).slice(0, 16);
}

/** A part that is uploaded again is another file, and the list of parts says which one counts. */
function fileOf({ number, etag }: UploadedPart): string {
  return `${number}.${etag}`;
}

function digestOf(parts: readonly UploadedPart[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(`${fileOf(part)}\n`);
  return digest.digest("hex");
}

async function checkFiles(
  key: string,
  folder: string,
  parts: readonly UploadedPart[],
  joined: JoinedParts,
): Promise<void> {
  for (const part of parts) {
    const range = joined.find(part);
    const isName = /^[0-9a-f]{32}$/.test(part.etag);
    const stats = range === undefined && isName ? await ifThere(lstat(join(folder, fileOf(part)))) : undefined;
    const size = range === undefined ? stats?.size : range.to - range.from;
    if (size === part.size) continue;
    throw invalid(key, `It has no part ${part.number} with the etag \`${part.etag}\` and ${part.size} bytes.`);
  }
}

/** Parts that came in order, or a part alone, are the object as they are; others are copied into one file. */
async function joinParts(folder: string, parts: readonly UploadedPart[], joined: JoinedParts): Promise<string> {
  if (joined.holds(parts)) {
    await joined.trim();
    return JOINED;
  }
  const ranges: FileRange[] = parts.map((part) => {
    const range = joined.find(part);
    return range === undefined ? { path: join(folder, fileOf(part)) } : { path: join(folder, JOINED), ...range };
  });
  const whole = `whole-${randomUUID()}`;
  await concatenate(ranges, join(folder, whole));
  return whole;
}

/** Does nothing when there is a seal: the first one counts. */
async function writeSeal(folder: string, seal: Seal): Promise<void> {
  const temporary = join(folder, randomUUID());
  await writeNewFile(temporary, Buffer.from(JSON.stringify(seal)));
  try {
    await link(temporary, join(folder, SEAL));
  } catch (error) {
    if (errno(error) !== "EEXIST") throw error;
  }
  await ifThere(unlink(temporary));
  await syncFolder(folder);
}

async function readSeal(folder: string): Promise<Seal | undefined> {
  const text = await ifThere(readFile(join(folder, SEAL), "utf8"));
  return text === undefined ? undefined : (JSON.parse(text) as Seal);
}

async function removeAllBut(folder: string, kept: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names) if (name !== kept) await rm(join(folder, name), { force: true });
}

function noSuchUpload(key: string): ObjectStoreError {
  return new ObjectStoreError(
    "NoSuchUpload",
    `There is no open upload of \`${key}\`: it was aborted or never created.`,
  );
}

function invalid(key: string, message: string): ObjectStoreError {
  return new ObjectStoreError("Invalid", `The upload of \`${key}\` cannot be completed. ${message}`);
}
