import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/* Files that survive a loss of power. None of these functions leaves a file open. */

/** Large enough that a disk is busy, small enough that a reader can stop soon. */
const CHUNK_BYTES = 512 * 1024;

/** Writes a new file; when this returns, its bytes are on the disk. Its name is only after `syncFolder`. */
export async function writeNewFile(path: string, body: Uint8Array): Promise<void> {
  await using file = await open(path, "wx");
  await file.writeFile(body);
  await file.sync();
}

/** Writes a new file that holds what the others hold, one behind the other. */
export async function concatenate(paths: readonly string[], path: string): Promise<void> {
  await using file = await open(path, "wx");
  for (const part of paths) {
    await using source = await open(part, "r");
    for await (const chunk of readChunks(source, 0, Infinity)) await file.writeFile(chunk);
  }
  await file.sync();
}

/** Makes names durable: those that were added to the folder or taken from it. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and writes names through.
  if (process.platform === "win32") return;
  await using folder = await open(path, "r");
  await folder.sync();
}

/** Opens a file for reading, but never what a symbolic link leads to. */
export function openFile(path: string): Promise<FileHandle> {
  // Windows has no such flag; there the caller's own look at the path is all.
  return open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
}

/** The bytes from `from` up to `to` or the end of the file. Each chunk is a buffer of its own. */
export async function* readChunks(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to;) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, to - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    yield bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}
