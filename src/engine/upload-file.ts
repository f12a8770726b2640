import { createHash } from "node:crypto";
import { ByteWriter } from "../batch/byte-writer.ts";
import type { RecordDigest } from "../formats/format.ts";
import type { CopiedRange, ObjectStore } from "../sdk/object-store.ts";
import type { ClosedFile } from "./closed-file.ts";
import { PartUpload } from "./part-upload.ts";

/** What an object is to be. */
export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  /** Is shown the bytes; whoever writes shows it the records. */
  readonly digest: RecordDigest;
}

/**
 * The memory of files that are closed, for those that are opened next: a large run writes one after the other, and what each of
 * them leaves behind would wait for the garbage collector.
 */
const kept: ArrayBufferLike[] = [];
/** Enough for one file. */
const MAX_KEPT = 2;
const [LEAST_KEPT_BYTES, MOST_KEPT_BYTES] = [1024 * 1024, 32 * 1024 * 1024];

function keep(memory: ArrayBufferLike | undefined): void {
  if (memory === undefined || kept.length === MAX_KEPT) return;
  if (memory.byteLength >= LEAST_KEPT_BYTES && memory.byteLength <= MOST_KEPT_BYTES) kept.push(memory);
}

/** One object being written: whoever writes puts bytes into `out` and calls `drain` now and then. */
export class UploadFile {
  readonly out = new ByteWriter(kept.pop());
  records = 0;
  readonly digest: RecordDigest;
  readonly #upload: PartUpload;
  readonly #sha256 = createHash("sha256");
  #drained = 0;
  /** Whether the store has copied a range. */
  #copies = false;
  /** The memory of the part that was sent last. */
  #sent = kept.pop();

  private constructor(upload: PartUpload, digest: RecordDigest) {
    this.#upload = upload;
    this.digest = digest;
  }

  static async open(objects: ObjectStore, { bucket, key, contentType, digest }: UploadTarget): Promise<UploadFile> {
    const upload = await objects.createUpload(bucket, key, { contentType });
    return new UploadFile(new PartUpload(objects, upload), digest);
  }

  /** Bytes written so far, wherever they are. */
  get bytes(): number {
    return this.#drained + this.out.length;
  }

  /** Sends every full part. Parts are cut at fixed sizes, so they do not depend on when this is called. */
  async drain(): Promise<void> {
    for (let size = this.#upload.partBytes; this.out.length >= size; size = this.#upload.partBytes) {
      await this.#send(size);
    }
  }

  /**
   * Goes on with a range of another object, which the store copies itself; `bytes`, which are those of the range, are read
   * for the digests alone. What is in `out` becomes a part. False where the store cannot copy: then nothing was added.
   */
  async copy(range: CopiedRange, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
    if (this.out.length > 0) await this.#send(this.out.length);
    const copying = this.#upload.copy(range);
    // Whether it can shows once. From then on the bytes are digested while they are copied.
    if (!this.#copies && !(await copying)) return false;
    this.#copies = true;
    for (const done of await Promise.allSettled([copying, this.#digest(bytes)])) {
      if (done.status === "rejected") throw done.reason;
    }
    this.#drained += range.to - range.from;
    return true;
  }

  async #digest(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of bytes) {
      this.#sha256.update(chunk);
      this.digest.addBytes(chunk);
    }
  }

  /** Sends what is left. The object stays invisible until the run publishes it. Fails when it has other records than were counted. */
  async close(): Promise<ClosedFile> {
    await this.drain();
    if (this.out.length > 0 || this.#drained === 0) {
      await this.#send(this.out.length);
    }
    const parts = await this.#upload.settle();
    const { upload } = this.#upload;
    const { records, digest: recordDigest } = this.digest.finish();
    if (records !== this.records) {
      throw new Error(
        `\`${upload.key}\` was to hold ${this.records} records, and holds ${records}. It is not published.`,
      );
    }
    for (const memory of [this.out.bytes.buffer, this.#sent]) keep(memory);
    return { upload, parts, records, bytes: this.#drained, sha256: this.#sha256.digest("hex"), recordDigest };
  }

  async #send(size: number): Promise<void> {
    // Once the part before has arrived, its memory is ours again: two pieces of memory serve all parts in turn.
    await this.#upload.settle();
    const part = this.out.handOver(size, this.#sent);
    this.#sent = part.buffer;
    this.#drained += size;
    this.#sha256.update(part);
    this.digest.addBytes(part);
    await this.#upload.add(part);
  }

  async abort(): Promise<void> {
    await this.#upload.abort();
  }
}
