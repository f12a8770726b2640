import type { CopiedRange, ObjectStore, Upload, UploadedPart } from "../sdk/object-store.ts";

const MIB = 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
const MAX_COPY_BYTES = 5 * 1024 * MIB;

/**
 * One multipart upload being filled. At most one part is on its way while the next one is being made, so a slow store
 * slows its producer down, and memory holds two parts at the most.
 */
export class PartUpload {
  readonly upload: Upload;
  readonly #objects: ObjectStore;
  readonly #parts: UploadedPart[] = [];
  #sent = 0;
  #inFlight: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(objects: ObjectStore, upload: Upload) {
    this.#objects = objects;
    this.upload = upload;
  }

  /** How large the next part is to be: 8 MiB at first, then more, so that 10,000 parts hold 700 GB. */
  get partBytes(): number {
    if (this.#sent < 1000) return 8 * MIB;
    return this.#sent < 5000 ? 32 * MIB : 128 * MIB;
  }

  /** Sends a part, after the one before it has arrived. Fails when that one failed. */
  async add(body: Uint8Array): Promise<void> {
    await this.settle();
    const number = ++this.#sent;
    this.#inFlight = this.#objects.uploadPart(this.upload, number, body).then(
      (part) => void this.#parts.push(part),
      (error: unknown) => void (this.#failure = { error }),
    );
  }

  /**
   * Adds a range of another object, which the store copies itself, once the part before has arrived. Answers when it is
   * there; false where the store cannot: then nothing was added.
   */
  async copy({ from, to, ...object }: CopiedRange): Promise<boolean> {
    const count = Math.ceil((to - from) / MAX_COPY_BYTES);
    const borderAt = (portion: number) => from + Math.floor(((to - from) * portion) / count);
    for (let portion = 0; portion < count; portion++) {
      await this.settle();
      const number = this.#sent + 1;
      const range = { ...object, from: borderAt(portion), to: borderAt(portion + 1) };
      this.#inFlight = this.#objects.copyPart(this.upload, number, range).then(
        (part) => this.#note(number, part),
        (error: unknown) => void (this.#failure = { error }),
      );
      await this.settle();
      if (this.#sent !== number) return false;
    }
    return true;
  }

  #note(number: number, part: UploadedPart | undefined): void {
    if (part === undefined) return;
    this.#sent = number;
    this.#parts.push(part);
  }

  /** Throws everything away, once the part on its way has arrived: it could land after the abort otherwise. */
  async abort(): Promise<void> {
    await this.#inFlight;
    await this.#objects.abortUpload(this.upload);
  }

  /** Waits until every part has arrived; fails when one did not. */
  async settle(): Promise<readonly UploadedPart[]> {
    await this.#inFlight;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#parts;
  }
}
