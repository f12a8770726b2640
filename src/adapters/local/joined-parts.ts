import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { UploadedPart } from "../../sdk/object-store.ts";
import { syncFolder } from "./durable-files.ts";
import { ifThere } from "./folder-error.ts";

/** The file that holds part 1, part 2 and so on, one behind the other, and the list of what it holds. */
export const JOINED = "joined";
const LIST = "joined.list";

/**
 * Parts of an upload that came in order, in one file: completing such an upload copies nothing. The list is written after
 * the bytes, so what it names is on the disk, and what stands in the file beyond that is nothing.
 */
export class JoinedParts {
  readonly #folder: string;
  readonly #parts: UploadedPart[];
  #bytes: number;
  #listLength: number;
  #busy = false;

  private constructor(folder: string, parts: UploadedPart[]) {
    this.#folder = folder;
    this.#parts = parts;
    this.#bytes = parts.reduce((sum, { size }) => sum + size, 0);
    this.#listLength = parts.reduce((sum, part) => sum + formatLine(part).length, 0);
  }

  /** What an earlier process left in the upload's folder, or nothing yet. */
  static async load(folder: string): Promise<JoinedParts> {
    const text = (await ifThere(readFile(join(folder, LIST), "utf8"))) ?? "";
    // The last line is whole only if it has its end.
    const lines = text.split("\n").slice(0, -1);
    return new JoinedParts(folder, lines.map(parseLine));
  }

  get parts(): readonly UploadedPart[] {
    return this.#parts;
  }

  /** True when the part comes right behind the last one, and no other is being written. */
  takes(number: number): boolean {
    return !this.#busy && number === this.#parts.length + 1;
  }

  /** Appends a part that `takes` accepts. It is on the disk when this returns. */
  async append(part: UploadedPart, body: Uint8Array): Promise<void> {
    this.#busy = true;
    try {
      const line = formatLine(part);
      await this.#write(JOINED, body, this.#bytes);
      await this.#write(LIST, Buffer.from(line), this.#listLength);
      if (this.#parts.length === 0) await syncFolder(this.#folder);
      this.#parts.push(part);
      this.#bytes += part.size;
      this.#listLength += line.length;
    } finally {
      this.#busy = false;
    }
  }

  /** True when the file holds these parts and no others. */
  holds(parts: readonly UploadedPart[]): boolean {
    return parts.length === this.#parts.length && parts.every((part, i) => part.etag === this.#parts[i]!.etag);
  }

  /** Where the part lies in the file; undefined when it is not there. */
  find({ number, etag }: UploadedPart): { readonly from: number; readonly to: number } | undefined {
    if (this.#parts[number - 1]?.etag !== etag) return undefined;
    const from = this.#parts.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
    return { from, to: from + this.#parts[number - 1]!.size };
  }

  /** Cuts off what a crash may have left behind the last part. False when the file lacks bytes that it should have. */
  async trim(): Promise<boolean> {
    await using file = await open(join(this.#folder, JOINED), "r+");
    const { size } = await file.stat();
    if (size < this.#bytes) return false;
    await file.truncate(this.#bytes);
    await file.sync();
    return true;
  }

  async #write(name: string, bytes: Uint8Array, at: number): Promise<void> {
    await using file = await open(join(this.#folder, name), this.#parts.length === 0 ? "w" : "r+");
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    }
    await file.sync();
  }
}

function formatLine({ number, etag, size }: UploadedPart): string {
  return `${number} ${etag} ${size}\n`;
}

function parseLine(line: string): UploadedPart {
  const [number, etag, size] = line.split(" ");
  return { number: Number(number), etag: etag!, size: Number(size) };
}
