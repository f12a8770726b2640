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

/** Bytes of a file; without `from` and `to` all of them. */
export interface FileRange {
  readonly path: string;
  readonly from?: number;
  readonly to?: number;
}

/** Writes a new file that holds what the ranges hold, one behind the other. */
export async function concatenate(ranges: readonly FileRange[], path: string): Promise<void> {
  await using file = await open(path, "wx");
  for (const range of ranges) {
    await using source = await open(range.path, "r");
    for await (const chunk of readChunks(source, range.from ?? 0, range.to ?? Infinity)) await file.writeFile(chunk);
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

/** The bytes from `from` up to `to` or the end of the file, where they belong in `memory`, which has room for them. */
export async function* readInto(
  file: FileHandle,
  from: number,
  to: number,
  memory: Uint8Array,
): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to;) {
    const { bytesRead } = await file.read(memory, at - from, to - at, at);
    if (bytesRead === 0) return;
    yield memory.subarray(at - from, at - from + bytesRead);
    at += bytesRead;
  }
}

/**
 * The bytes from `from` up to `to` or the end of the file. A chunk is valid until the next one is pulled: there are two
 * buffers, and one is filled while the other is in the reader's hands.
 */
export async function* readChunks(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  const size = Math.max(1, Math.min(CHUNK_BYTES, to - from));
  const readInto = (buffer: Buffer, at: number) => file.read(buffer, 0, Math.max(0, Math.min(size, to - at)), at);
  let at = from;
  let filling: Buffer = Buffer.allocUnsafeSlow(size);
  let other: Buffer | undefined;
  let reading = readInto(filling, at);
  try {
    while (at < to) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      at += bytesRead;
      const filled = filling;
      if (at < to) {
        filling = other ?? Buffer.allocUnsafeSlow(size);
        other = filled;
        reading = readInto(filling, at);
      }
      yield filled.subarray(0, bytesRead);
    }
  } finally {
    // The file must not be closed under the read that nobody waits for any more; what became of it does not matter.
    await reading.catch(() => undefined);
  }
}
