import type { ByteWriter } from "../../batch/byte-writer.ts";
import { freeMemory } from "./free-memory.ts";

/** Pieces of the file, each in memory of its own, that wait to be written in their order. */
export class PageQueue {
  #pieces: Uint8Array[] = [];
  /** How many of them have been written. */
  #next = 0;
  /** How many bytes wait. */
  bytes = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  /** Writes pieces until at least `count` bytes are written or none is left. Their memory is given back. */
  write(out: ByteWriter, count: number): void {
    for (let left = count; left > 0 && this.bytes > 0;) {
      const piece = this.#pieces[this.#next++]!;
      out.append(piece);
      left -= piece.length;
      this.bytes -= piece.length;
      freeMemory(piece);
    }
    if (this.bytes > 0) return;
    this.#pieces = [];
    this.#next = 0;
  }
}
