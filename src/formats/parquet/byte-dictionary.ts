import { ByteWriter } from "../../batch/byte-writer.ts";
import { copySpan, hashSpan, sameSpan } from "./byte-span.ts";

/** An index is a 16-bit number, and every value has a place in a table that is never more than half full. */
const MAX_VALUES = 32_767;
const MAX_BYTES = 1024 * 1024;
/** A longer search means that the hashes collide, by chance or on purpose. */
const MAX_PROBES = 256;
const FIRST_SLOTS = 1024;

/** Numbers the distinct values of a column chunk in the order in which they are first seen. */
export class ByteDictionary {
  /** The values in the plain encoding: for each its length in four bytes, then its bytes. */
  readonly entries = new ByteWriter(1 << 12);
  count = 0;
  /** About how many values were looked up, and what they take in the plain encoding: the caller counts them. */
  seen = 0;
  seenBytes = 0;
  /** Where each entry starts, and where the next one will. The table grows when it is more than half full. */
  #starts = new Int32Array(FIRST_SLOTS / 2 + 2);
  /** A hash table of the values' numbers, counted from 1; 0 is an empty slot. */
  #slots = new Uint16Array(FIRST_SLOTS);

  /** The number of the value; -1 when it is a new one and there is no room or no sense in adding it. */
  indexOf(bytes: Buffer, view: DataView, start: number, end: number): number {
    if (end - start > MAX_BYTES) return -1;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const entries = this.entries.view;
    let slot = hashSpan(view, start, end) & mask;
    for (let probes = 0; ; probes++) {
      const number = slots[slot]!;
      if (number === 0) break;
      const entry = this.#starts[number - 1]! + 4;
      const sameLength = this.#starts[number]! - entry === end - start;
      if (sameLength && sameSpan(view, start, end, entries, entry)) return number - 1;
      if (probes === MAX_PROBES) return -1;
      slot = (slot + 1) & mask;
    }
    if (!this.#admits(end - start)) return -1;
    this.#add(bytes, view, start, end);
    slots[slot] = this.count;
    if (this.count * 2 > slots.length) this.#grow();
    return this.count - 1;
  }

  /** True when the values seen so far take at least a quarter less room with the dictionary than without. */
  get pays(): boolean {
    return this.count > 0 && this.entries.length * 4 <= this.seenBytes * 3;
  }

  /** Where the bytes of a value start and end in `entries`. */
  startOf(index: number): number {
    return this.#starts[index]! + 4;
  }

  endOf(index: number): number {
    return this.#starts[index + 1]!;
  }

  clear(): void {
    this.entries.length = 0;
    this.count = 0;
    this.seen = 0;
    this.seenBytes = 0;
    this.#slots.fill(0);
  }

  /** A column of hardly anything but new values is given up early, one of many new values later. */
  #admits(length: number): boolean {
    if (this.count === MAX_VALUES || this.entries.length + length + 4 > MAX_BYTES) return false;
    if (this.seen < 2048) return true;
    const allowed = this.seen < 16_384 ? 0.98 : 0.5;
    return this.entries.length <= this.seenBytes * allowed;
  }

  #add(bytes: Buffer, view: DataView, start: number, end: number): void {
    const { entries } = this;
    const length = end - start;
    entries.reserve(length + 4);
    entries.view.setInt32(entries.length, length, true);
    copySpan(bytes, view, start, end, entries, entries.length + 4);
    entries.length += length + 4;
    this.count++;
    this.#starts[this.count] = entries.length;
  }

  #grow(): void {
    const slots = new Uint16Array(this.#slots.length * 2);
    const starts = new Int32Array(slots.length / 2 + 2);
    starts.set(this.#starts);
    this.#starts = starts;
    const mask = slots.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = hashSpan(this.entries.view, this.startOf(index), this.endOf(index)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}
