import { TEXT, BATCH_RECORDS } from "./batch.ts";
import type { TextColumn } from "./batch.ts";
import { ByteWriter } from "./byte-writer.ts";
import { ABSENT, NON_ASCII, NULL, STRING } from "./cell-kind.ts";

/**
 * A text column whose bytes we write ourselves: values made by a task, or handed over by a vendor's library. Reset it
 * for each batch; the column stays the same object and is valid until the next reset.
 */
export class TextColumnBuilder {
  readonly out = new ByteWriter(1 << 14);
  #kinds = new Uint8Array(BATCH_RECORDS);
  #starts = new Int32Array(BATCH_RECORDS);
  #ends = new Int32Array(BATCH_RECORDS);

  /** Forgets all cells; every record of the next batch starts as absent. */
  reset(count: number): void {
    this.out.length = 0;
    if (count > this.#kinds.length) {
      this.#kinds = new Uint8Array(count);
      this.#starts = new Int32Array(count);
      this.#ends = new Int32Array(count);
    } else this.#kinds.fill(ABSENT, 0, count);
  }

  setNull(record: number): void {
    this.#kinds[record] = NULL;
  }

  /** Says that the bytes written to `out` since `start` are the record's cell. */
  setSpan(record: number, kind: number, start: number): void {
    this.#kinds[record] = kind;
    this.#starts[record] = start;
    this.#ends[record] = this.out.length;
  }

  /** Writes a JavaScript string; by default it is a cell of kind STRING. */
  setText(record: number, text: string, kind: number = STRING | NON_ASCII): void {
    const { out } = this;
    out.reserve(text.length * 3);
    const start = out.length;
    out.length += out.bytes.utf8Write(text, start);
    this.setSpan(record, kind, start);
  }

  /** The column as it stands. Ask for it after the last write: writing may move the bytes. */
  column(): TextColumn {
    return {
      form: TEXT,
      kinds: this.#kinds,
      starts: this.#starts,
      ends: this.#ends,
      bytes: this.out.bytes,
      view: this.out.view,
    };
  }
}
