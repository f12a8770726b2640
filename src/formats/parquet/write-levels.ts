import { TEXT } from "../../batch/batch.ts";
import type { Column } from "../../batch/batch.ts";
import type { ByteWriter } from "../../batch/byte-writer.ts";
import { isEmpty } from "../../batch/cell.ts";

/**
 * Which records of a page have a value. Every field is optional and none is nested, so a definition level is 1 for a
 * value and 0 for null.
 */
export class DefinitionLevels {
  count = 0;
  nulls = 0;
  #levels = new Uint8Array(1024);

  /** Makes room for `more` records; call it before adding them one by one. */
  reserve(more: number): void {
    // A group of eight is packed as a whole, so there is always room to its end.
    const needed = this.count + more + 8;
    if (needed <= this.#levels.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#levels.length * 2));
    grown.set(this.#levels.subarray(0, this.count));
    this.#levels = grown;
  }

  /** Adds the cells `selection[from .. to)` of a column. */
  addColumn(column: Column, selection: Int32Array, from: number, to: number): void {
    this.reserve(to - from);
    const levels = this.#levels;
    let at = this.count;
    let values = 0;
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      const level = column.form === TEXT ? Number(!isEmpty(column, record)) : column.valid[record]!;
      levels[at++] = level;
      values += level;
    }
    this.count = at;
    this.nulls += to - from - values;
  }

  addValue(): void {
    this.#levels[this.count++] = 1;
  }

  addNull(): void {
    this.#levels[this.count++] = 0;
    this.nulls++;
  }

  clear(): void {
    this.count = 0;
    this.nulls = 0;
  }

  /** The levels, to be added again one by one. */
  take(): Uint8Array {
    const taken = this.#levels.slice(0, this.count);
    this.clear();
    return taken;
  }

  /** Writes them as data page v1 wants them: a length of four bytes, then one run. */
  write(out: ByteWriter): void {
    const { count, nulls } = this;
    out.reserve((count >> 3) + 16);
    const lengthAt = out.length;
    out.length += 4;
    if (nulls === 0 || nulls === count) this.#writeRepeated(out, nulls === 0 ? 1 : 0);
    else this.#writePacked(out);
    out.view.setUint32(lengthAt, out.length - lengthAt - 4, true);
  }

  #writeRepeated(out: ByteWriter, level: number): void {
    writeVarint(out, this.count * 2);
    out.bytes[out.length++] = level;
  }

  #writePacked(out: ByteWriter): void {
    const levels = this.#levels;
    levels.fill(0, this.count, this.count + 8);
    const groups = (this.count + 7) >> 3;
    writeVarint(out, groups * 2 + 1);
    let at = out.length;
    for (let i = 0; i < groups * 8; i += 8) {
      let packed = 0;
      for (let bit = 0; bit < 8; bit++) packed |= levels[i + bit]! << bit;
      out.bytes[at++] = packed;
    }
    out.length = at;
  }
}

/**
 * Writes dictionary indices as a data page wants them: one byte for the width, then one bit-packed run. `width` is at
 * most 16. A single run, because old readers get repeated runs of wide values wrong (parquetjs-lite 0.8.7).
 */
export function writeIndices(out: ByteWriter, indices: Uint16Array, count: number, width: number): void {
  const groups = (count + 7) >> 3;
  out.reserve(groups * width + 8);
  out.bytes[out.length++] = width;
  writeVarint(out, groups * 2 + 1);
  const { bytes } = out;
  let at = out.length;
  let held = 0;
  let heldBits = 0;
  for (let i = 0; i < groups * 8; i++) {
    held |= (i < count ? indices[i]! : 0) << heldBits;
    heldBits += width;
    for (; heldBits >= 8; heldBits -= 8) {
      bytes[at++] = held;
      held >>>= 8;
    }
  }
  out.length = at;
}

/** Room for five bytes is the caller's. */
function writeVarint(out: ByteWriter, value: number): void {
  let rest = value;
  for (; rest >= 128; rest >>>= 7) out.bytes[out.length++] = (rest & 127) | 128;
  out.bytes[out.length++] = rest;
}
