import { randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./durable-files.ts";
import { KEY_BYTES } from "../../store/seal.ts";

/**
 * The 32 random bytes in a key file; it is made when there is none. Fails when others than its owner may read it.
 */
export async function openKeyFile(path: string): Promise<Uint8Array> {
  const existing = await readIfThere(path);
  if (existing === undefined) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await makeKeyFile(path);
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

/** A reader finds no file or all of it. Leaves the file of whoever was first. */
async function makeKeyFile(path: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writePrivate(draft, randomBytes(KEY_BYTES));
    await linkIfAbsent(draft, path);
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

async function linkIfAbsent(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
