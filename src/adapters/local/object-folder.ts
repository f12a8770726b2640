import type { BigIntStats } from "node:fs";
import { link, lstat, mkdir, realpath, rename, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ObjectStoreError } from "../../sdk/object-store.ts";
import type { ObjectInfo } from "../../sdk/object-store.ts";
import { syncFolder } from "./durable-files.ts";
import { errno, ifThere } from "./folder-error.ts";
import { namesOfFolder, namesOfSegment, STAGING } from "./key-names.ts";

/** An object's file as it was a moment ago. */
export interface ObjectFile {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** How often a name is tried again that others keep changing. */
const ATTEMPTS = 100;

/** What a call fails with when others made or removed a folder since its path was looked at. */
const PATH_CHANGED: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY"]);

/**
 * The files of one bucket. Every path is inside its folder, and none leads through a symbolic link.
 *
 * An object's file has its own name, or, while a folder has that, an escaped one: the first key below an object moves
 * the object aside. Within one process nothing is created during such a move; two processes that move and create the
 * same key in the same instant can lose the older object.
 */
export class ObjectFolder {
  /** Absolute, and free of symbolic links. */
  readonly path: string;
  readonly #moves = new Turns();

  constructor(path: string) {
    this.path = path;
  }

  async find(key: string): Promise<ObjectFile | undefined> {
    const { folder, last } = placeOf(key);
    for (const kind of ["key", "object"] as const) {
      const path = join(this.path, ...namesOfFolder(folder), ...namesOfSegment(last, kind));
      if ((await realPath(path)) !== path) continue;
      const stats = await ifThere(lstat(path, { bigint: true }));
      if (stats?.isFile()) return { path, stats };
    }
    return undefined;
  }

  /** The folder of the keys that begin with these segments; undefined when there is none. */
  async findFolder(segments: readonly string[]): Promise<string | undefined> {
    const path = join(this.path, ...namesOfFolder(segments));
    if ((await realPath(path)) !== path) return undefined;
    const stats = await ifThere(lstat(path));
    return stats?.isDirectory() ? path : undefined;
  }

  /** Moves a file to the key, in place of the object that has it. False when there is no such file any more. */
  async replace(file: string, key: string): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const path = await this.#pathFor(key);
        await rename(file, path);
        await ifThere(syncFolder(dirname(path)));
        return true;
      } catch (error) {
        if (!PATH_CHANGED.has(errno(error))) throw error;
        if ((await ifThere(lstat(file))) === undefined) return false;
      }
    }
    throw busy(this.path, key);
  }

  /** Gives a file the key as a second name; fails with `Exists` when there is such an object. */
  async create(file: string, key: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const path = await this.#pathFor(key);
        await this.#moves.take(() => this.#linkIfAbsent(file, path, key));
        return await ifThere(syncFolder(dirname(path)));
      } catch (error) {
        if (!PATH_CHANGED.has(errno(error))) throw error;
      }
    }
    throw busy(this.path, key);
  }

  /** Removes the object, and the folders that hold nothing without it. */
  async remove(key: string): Promise<void> {
    const found = await this.find(key);
    if (found === undefined) return;
    await ifThere(unlink(found.path));
    let folder = dirname(found.path);
    await ifThere(syncFolder(folder));
    while (folder !== this.path && (await removeIfEmpty(folder))) folder = dirname(folder);
  }

  /** The folder for files that are not objects yet. */
  get staging(): string {
    return join(this.path, STAGING);
  }

  async makeStaging(): Promise<string> {
    await makeFolder(this.staging);
    return this.staging;
  }

  /** Where the object's file is, or else is to be: in a folder that exists, under a name that no folder has. */
  async #pathFor(key: string): Promise<string> {
    const found = await this.find(key);
    if (found !== undefined) return found.path;
    const { folder: segments, last } = placeOf(key);
    const folder = await this.#makeFolders(segments);
    for (const kind of ["key", "object"] as const) {
      const path = await this.#makeParts(folder, namesOfSegment(last, kind));
      const real = await realPath(path);
      if (real === undefined) return path;
      if (real !== path) throw caseError(path, real);
    }
    throw new ObjectStoreError("Invalid", `\`${folder}\` holds something that is no file where \`${key}\` belongs.`);
  }

  async #linkIfAbsent(file: string, path: string, key: string): Promise<void> {
    if ((await this.find(key)) !== undefined) {
      throw new ObjectStoreError("Exists", `There is an object \`${key}\` in \`${this.path}\` already.`);
    }
    await link(file, path);
  }

  async #makeFolders(segments: readonly string[]): Promise<string> {
    const existing = await this.findFolder(segments);
    if (existing !== undefined) return existing;
    let folder = this.path;
    for (const segment of segments) folder = await this.#makeFolder(folder, segment);
    return folder;
  }

  async #makeFolder(parent: string, segment: string): Promise<string> {
    const path = await this.#makeParts(parent, namesOfSegment(segment, "key"));
    while (!(await makeFolder(path))) await this.#moves.take(() => this.#moveAside(path, parent, segment));
    return path;
  }

  /** Makes room for a folder where an object's file is. */
  async #moveAside(path: string, parent: string, segment: string): Promise<void> {
    const aside = await this.#makeParts(parent, namesOfSegment(segment, "object"));
    await ifThere(rename(path, aside));
    await syncFolder(dirname(aside));
  }

  /** The path to the last of the names; the others are made folders. */
  async #makeParts(parent: string, names: readonly string[]): Promise<string> {
    let path = parent;
    for (const [index, name] of names.entries()) {
      path = join(path, name);
      if (index < names.length - 1) await makeFolder(path);
    }
    return path;
  }
}

/**
 * A file's etag is made of what changes when it is replaced or written to: files that somebody else put there have one
 * too, and nothing needs to be read for it.
 */
export function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  const etag = [stats.ino, stats.size, stats.mtimeNs].map((number) => number.toString(36)).join("-");
  return { key, size: Number(stats.size), etag, modifiedAt: Number(stats.mtimeMs) };
}

function placeOf(key: string): { readonly folder: readonly string[]; readonly last: string } {
  const segments = key.split("/");
  return { folder: segments.slice(0, -1), last: segments.at(-1)! };
}

/**
 * The path as the file system spells it: the same text, unless a name differs in case from one that exists; undefined
 * when nothing is there. Fails when the way leads through a symbolic link.
 */
async function realPath(path: string): Promise<string | undefined> {
  const real = await ifThere(realpath(path));
  if (real === undefined || real === path || isOtherCase(real, path)) return real;
  throw linkError(path);
}

/** True when there is a folder now; false when a file has its name. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (errno(error) !== "EEXIST") throw error;
  }
  const real = await realPath(path);
  if (real !== undefined && real !== path) throw caseError(path, real);
  const stats = await ifThere(lstat(path));
  return stats === undefined ? makeFolder(path) : stats.isDirectory();
}

async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (PATH_CHANGED.has(errno(error))) return false;
    throw error;
  }
}

/** Whether two spellings are one name to file systems that ignore case or Unicode composition. */
export function isOtherCase(a: string, b: string): boolean {
  return a.normalize("NFC").toLowerCase() === b.normalize("NFC").toLowerCase();
}

function caseError(path: string, real: string): ObjectStoreError {
  const message = `\`${path}\` and \`${real}\`, which exists, are one name to this file system.`;
  return new ObjectStoreError("Invalid", `${message} Use names that differ in more than case.`);
}

function linkError(path: string): ObjectStoreError {
  const message = `\`${path}\` leads through a symbolic link, which is not followed.`;
  return new ObjectStoreError("AccessDenied", `${message} Put the file or folder itself there.`);
}

function busy(folder: string, key: string): ObjectStoreError {
  return new ObjectStoreError(
    "Unavailable",
    `Others keep changing the folders of \`${key}\` in \`${folder}\`. Try again.`,
  );
}

/** Does one thing after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(turn: () => Promise<T>): Promise<T> {
    const result = this.#last.then(turn);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
