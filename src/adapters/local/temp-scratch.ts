import { open, unlink } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Scratch } from "../../engine/engine-io.ts";

/**
 * A file in `directory` that only this process sees: its name is removed as soon as it is open, so nothing is left over
 * however the process ends. (Windows keeps the name until `close`.)
 */
export async function openTempScratch(directory: string): Promise<Scratch> {
  const path = join(directory, `millrace-${randomUUID()}.tmp`);
  const file = await open(path, "wx+", 0o600);
  const unlinked = await unlink(path).then(
    () => true,
    () => false,
  );
  let length = 0;
  return {
    async append(bytes) {
      const offset = length;
      length += bytes.length;
      for (let done = 0; done < bytes.length;) {
        done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
      }
      return offset;
    },
    async read(offset, count) {
      const bytes = Buffer.allocUnsafeSlow(count);
      for (let done = 0; done < count;) {
        const { bytesRead } = await file.read(bytes, done, count - done, offset + done);
        if (bytesRead === 0) throw new Error(`The scratch file ends at ${offset + done}, before ${offset + count}.`);
        done += bytesRead;
      }
      return bytes;
    },
    async close() {
      await file.close();
      if (!unlinked) await unlink(path);
    },
  };
}
