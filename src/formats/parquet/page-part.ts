import { FormatError } from "../format.ts";

/** A part of a page: its levels, its values. Read from the front; `PADDING` bytes after `end` may be read. */
export class PagePart {
  readonly bytes: Buffer;
  readonly view: DataView;
  at: number;
  end: number;
  /** How many of the booleans in the byte at `at` have been read. */
  bit = 0;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
    this.end = end;
  }

  /** Moves on by `length` bytes and returns where they begin; throws when there are fewer. */
  take(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw new FormatError("the page ends before its last value");
    this.at = start + length;
    return start;
  }
}
