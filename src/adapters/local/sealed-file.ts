import { randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { syncFolder } from "./durable-files.ts";
import { deriveKey, KEY_BYTES, seal, unseal } from "./seal.ts";

/** A file that only the holder of a key file can read, or change without being noticed. */
export interface SealedFile {
  /** Undefined when there is no such file. Fails when the file was changed, or sealed with another key. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces the content as a whole. */
  write(content: Uint8Array): Promise<void>;
}

/** `key` are the bytes of `openKeyFile`. A file that is renamed does not open any more: its name is sealed with it. */
export function sealedFile(path: string, key: Uint8Array): SealedFile {
  const name = Buffer.from(basename(path));
  const cipherKey = deriveKey(key, "sealed file");

  return {
    async read() {
      const sealed = await readIfThere(path);
      return sealed === undefined ? undefined : unseal(sealed, { key: cipherKey, name, what: path });
    },
    async write(content) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeWhole(path, seal(content, { key: cipherKey, name }), rename);
    },
  };
}

/**
 * The 32 random bytes in a key file; it is made when there is none. Fails when others than its owner may read it.
 */
export async function openKeyFile(path: string): Promise<Uint8Array> {
  const existing = await readIfThere(path);
  if (existing === undefined) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeWhole(path, randomBytes(KEY_BYTES), linkIfAbsent);
    return openKeyFile(path);
  }
  if (existing.length !== KEY_BYTES) throw new Error(`${path} is not a key file: it must hold ${KEY_BYTES} bytes`);
  // Windows has no such modes; there the user's folder protects the file.
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others than its owner — run: chmod 600 '${path}'`);
  }
  return existing;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A reader finds the old file or the new one, never a part of one. */
async function writeWhole(
  path: string,
  content: Uint8Array,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writePrivate(draft, content);
    await place(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
}

async function writePrivate(path: string, content: Uint8Array): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(content);
  await file.sync();
}

/** Leaves the file of whoever was first. */
async function linkIfAbsent(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
