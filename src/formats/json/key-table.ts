import { COLON, QUOTE } from "./ascii.ts";

/** No key: what comes after it is the first key of a record. */
export const NO_KEY = 0;
/** Stands for every key that is not learned. */
export const UNLEARNED = 1;

/** The most bytes of a learned key with its quotes and colon. Longer keys are rare enough to be looked up by name. */
const MAX_LITERAL = 128;
const MAX_KEYS = 1 << 14;
const SLOTS = MAX_KEYS * 2;
/** How many places a key may be put in. A bound, so that keys made to collide cannot make each look-up a long search. */
const MAX_PROBES = 16;

/**
 * The keys that records are seen to have, by the bytes that spell them, so that the same key is recognised without
 * making a string: by guess first (the key that followed the previous one last time), by hash otherwise.
 *
 * Memory is bounded: a key that finds no room is not learned, and a full table forgets everything and starts anew.
 */
export class KeyTable {
  /** For each key, the field that its values go to; -1 for none. */
  fields = new Int32Array(64);
  /** For each key, the one that came after it when it was last seen. */
  readonly next = new Uint16Array(MAX_KEYS);
  /** For each key, the bytes in `"key":`; 0 for the two that stand for no key. */
  readonly #lengths = new Uint8Array(MAX_KEYS);
  readonly #slots = new Uint16Array(SLOTS);
  #literals = new DataView(new ArrayBuffer(64 * MAX_LITERAL));
  #count = UNLEARNED + 1;

  /** The offset after `"key":` when exactly these bytes stand at `at`; otherwise -1. */
  skip(view: DataView, at: number, key: number): number {
    const length = this.#lengths[key]!;
    if (length === 0) return -1;
    const literals = this.#literals;
    const last = at + length - 4;
    let word = key * MAX_LITERAL;
    for (let i = at; i < last; i += 4, word += 4) {
      if (view.getInt32(i, true) !== literals.getInt32(word, true)) return -1;
    }
    // The last word overlaps the one before it, so that a literal of any length is compared in whole words.
    const matches = view.getInt32(last, true) === literals.getInt32(key * MAX_LITERAL + length - 4, true);
    return matches ? at + length : -1;
  }

  /** The learned key that is spelled `bytes[start .. end)`; `UNLEARNED` when there is none. */
  find(bytes: Buffer, start: number, end: number): number {
    let slot = hashOf(bytes, start, end);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const key = this.#slots[slot]!;
      if (key === NO_KEY) return UNLEARNED;
      if (this.#isSpelled(key, bytes, start, end)) return key;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return UNLEARNED;
  }

  /** Learns a key that `find` does not know; `UNLEARNED` when it cannot be learned. */
  learn(bytes: Buffer, start: number, end: number, field: number): number {
    const length = end - start + 3;
    if (length < 4 || length > MAX_LITERAL) return UNLEARNED;
    if (this.#count === MAX_KEYS) this.clear();
    const slot = this.#freeSlot(bytes, start, end);
    if (slot < 0) return UNLEARNED;
    const key = this.#count++;
    if (key === this.fields.length) this.#grow();
    this.#slots[slot] = key;
    this.#lengths[key] = length;
    this.fields[key] = field;
    this.next[key] = NO_KEY;
    this.#writeLiteral(key, bytes, start, end);
    return key;
  }

  clear(): void {
    this.#slots.fill(NO_KEY);
    this.next[NO_KEY] = NO_KEY;
    this.next[UNLEARNED] = NO_KEY;
    this.#count = UNLEARNED + 1;
  }

  #isSpelled(key: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#lengths[key] !== end - start + 3) return false;
    const literals = this.#literals;
    let at = key * MAX_LITERAL + 1;
    for (let i = start; i < end; i++, at++) if (bytes[i] !== literals.getUint8(at)) return false;
    return true;
  }

  #freeSlot(bytes: Buffer, start: number, end: number): number {
    let slot = hashOf(bytes, start, end);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      if (this.#slots[slot] === NO_KEY) return slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return -1;
  }

  #writeLiteral(key: number, bytes: Buffer, start: number, end: number): void {
    let at = key * MAX_LITERAL;
    this.#literals.setUint8(at++, QUOTE);
    for (let i = start; i < end; i++) this.#literals.setUint8(at++, bytes[i]!);
    this.#literals.setUint8(at++, QUOTE);
    this.#literals.setUint8(at, COLON);
  }

  #grow(): void {
    const fields = new Int32Array(this.fields.length * 2);
    fields.set(this.fields);
    this.fields = fields;
    const literals = new Uint8Array(fields.length * MAX_LITERAL);
    literals.set(new Uint8Array(this.#literals.buffer));
    this.#literals = new DataView(literals.buffer);
  }
}

function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
