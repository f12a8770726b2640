import { ByteWriter } from "../batch/byte-writer.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { Checkpoint, OpenFile } from "./checkpoint.ts";
import { PartUpload } from "./part-upload.ts";

/** Collects the last bytes of all open files in one object, so that a run with many open files stops with few calls. */
export class TailsWriter {
  readonly #objects: ObjectStore;
  readonly #place: { readonly bucket: string; readonly key: string };
  readonly #out = new ByteWriter();
  #upload: PartUpload | undefined;
  #length = 0;

  constructor(objects: ObjectStore, place: { readonly bucket: string; readonly key: string }) {
    this.#objects = objects;
    this.#place = place;
  }

  /** Where the bytes stand in the object. */
  async add(tail: Uint8Array): Promise<OpenFile["tail"]> {
    const from = this.#length;
    if (tail.length === 0) return { from, length: 0 };
    this.#length += tail.length;
    this.#out.append(tail);
    await this.#send(false);
    return { from, length: tail.length };
  }

  /** Makes the object visible; undefined when there was nothing to keep. */
  async close(): Promise<Checkpoint["tails"]> {
    if (this.#length === 0) return undefined;
    await this.#send(true);
    const upload = this.#upload!;
    await this.#objects.completeUpload(upload.upload, await upload.settle());
    return this.#place;
  }

  async #send(all: boolean): Promise<void> {
    this.#upload ??= new PartUpload(
      this.#objects,
      await this.#objects.createUpload(this.#place.bucket, this.#place.key),
    );
    for (let size = this.#upload.partBytes; this.#out.length >= size; size = this.#upload.partBytes) {
      await this.#upload.add(this.#out.take(size));
    }
    if (all && this.#out.length > 0) await this.#upload.add(this.#out.take());
  }
}

/** The last bytes of a file that a checkpoint holds. */
export async function readTail(objects: ObjectStore, tails: Checkpoint["tails"], file: OpenFile): Promise<Buffer> {
  const { from, length } = file.tail;
  if (length === 0 || tails === undefined) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  for await (const chunk of objects.read(tails.bucket, tails.key, { from, to: from + length }))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
