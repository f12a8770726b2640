import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { UploadedPart } from "../../sdk/object-store.ts";
import { syncFolder } from "./durable-files.ts";
import { ifThere } from "./folder-error.ts";

/** The file that holds part 1, part 2 and so on, one behind the other, and the list of what it holds. */
export const JOINED = "joined";
const LIST = "joined.list";

/**
 * Parts of an upload that came in order, in one file: completing such an upload copies nothing. The list is written
 * after the bytes, so what it names is on the disk, and what stands in the file beyond that is nothing.
 *
 * It is read from the disk for each use, because another process may have gone on with the upload meanwhile.
 */
export class JoinedParts {
  readonly #folder: string;
  readonly #parts: readonly UploadedPart[];
  /** Where each part ends. */
  readonly #ends: readonly number[];
  readonly #listBytes: number;
  readonly #fileBytes: number;

  private constructor(folder: string, lines: readonly string[], fileBytes: number) {
    this.#folder = folder;
    this.#parts = lines.map(parseLine);
    let end = 0;
    this.#ends = this.#parts.map(({ size }) => (end += size));
    this.#listBytes = lines.reduce((sum, line) => sum + line.length + 1, 0);
    this.#fileBytes = fileBytes;
  }

  /** What is in the upload's folder: nothing at first. */
  static async load(folder: string): Promise<JoinedParts> {
    const text = (await ifThere(readFile(join(folder, LIST), "latin1"))) ?? "";
    const stats = await ifThere(stat(join(folder, JOINED)));
    // A line is whole only if it has its end.
    return new JoinedParts(folder, text.split("\n").slice(0, -1), stats?.size ?? 0);
  }

  /** True when the part comes right behind the last one. */
  takes(number: number): boolean {
    return number === this.#parts.length + 1;
  }

  /** Appends a part that it takes. The part is on the disk when this returns; then this object is out of date. */
  async append(part: UploadedPart, body: Uint8Array): Promise<void> {
    const isFirst = this.#parts.length === 0;
    await writeAt(join(this.#folder, JOINED), isFirst, body, this.#ends.at(-1) ?? 0);
    await writeAt(join(this.#folder, LIST), isFirst, Buffer.from(formatLine(part)), this.#listBytes);
    if (isFirst) await syncFolder(this.#folder);
  }

  /** Where the part lies in the file; undefined when it is not there. */
  find({ number, etag }: UploadedPart): { readonly from: number; readonly to: number } | undefined {
    const to = this.#ends[number - 1];
    if (to === undefined || to > this.#fileBytes || this.#parts[number - 1]!.etag !== etag) return undefined;
    return { from: this.#ends[number - 2] ?? 0, to };
  }

  /** True when the file's parts are these and no others. */
  holds(parts: readonly UploadedPart[]): boolean {
    if (parts.length !== this.#parts.length) return false;
    return parts.every((part, i) => part.number === i + 1 && this.find(part) !== undefined);
  }

  /** Cuts off what a crash may have left behind the last part. */
  async trim(): Promise<void> {
    await using file = await open(join(this.#folder, JOINED), "r+");
    await file.truncate(this.#ends.at(-1));
    await file.sync();
  }
}

async function writeAt(path: string, isNew: boolean, bytes: Uint8Array, at: number): Promise<void> {
  await using file = await open(path, isNew ? "w" : "r+");
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
  await file.sync();
}

function formatLine({ number, etag, size }: UploadedPart): string {
  return `${number} ${etag} ${size}\n`;
}

function parseLine(line: string): UploadedPart {
  const [number, etag, size] = line.split(" ");
  return { number: Number(number), etag: etag!, size: Number(size) };
}
