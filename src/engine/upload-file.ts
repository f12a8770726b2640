import { ByteWriter } from "../batch/byte-writer.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { ClosedFile } from "./closed-file.ts";
import { PartUpload } from "./part-upload.ts";

/** One object being written: whoever writes puts bytes into `out` and calls `drain` now and then. */
export class UploadFile {
  readonly out = new ByteWriter();
  records = 0;
  readonly #upload: PartUpload;
  #drained = 0;
  /** The memory of the part that was sent last. */
  #sent: ArrayBufferLike | undefined;

  private constructor(upload: PartUpload) {
    this.#upload = upload;
  }

  static async open(objects: ObjectStore, bucket: string, key: string, contentType: string): Promise<UploadFile> {
    return new UploadFile(new PartUpload(objects, await objects.createUpload(bucket, key, { contentType })));
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

  /** Sends what is left. The object stays invisible until the run publishes it. */
  async close(): Promise<ClosedFile> {
    await this.drain();
    if (this.out.length > 0 || this.#drained === 0) {
      await this.#send(this.out.length);
    }
    const parts = await this.#upload.settle();
    return { upload: this.#upload.upload, parts, records: this.records, bytes: this.#drained };
  }

  async #send(size: number): Promise<void> {
    // Once the part before has arrived, its memory is ours again: two pieces of memory serve all parts in turn.
    await this.#upload.settle();
    const part = this.out.handOver(size, this.#sent);
    this.#sent = part.buffer;
    this.#drained += size;
    await this.#upload.add(part);
  }

  async abort(): Promise<void> {
    await this.#upload.abort();
  }
}
