import { addMurmur128 } from "./murmur-hash.ts";

/**
 * How many records there are, and a digest of them in which their order does not matter: the sum of their hashes, each of
 * the four words of MurmurHash3 (x86, 128 bits) on its own, modulo 2^32. Sums of parts add up to the sum of the whole.
 */
export class RecordSum {
  records = 0;
  readonly #words = new Int32Array(4);

  /** A record whose canonical form is these bytes. */
  add(view: DataView, start: number, end: number): void {
    this.records++;
    addMurmur128(view, start, end, this.#words);
  }

  /** All records of another sum, by its digest. */
  addDigest(records: number, digest: string): void {
    this.records += records;
    for (let i = 0; i < 4; i++) this.#words[i]! += Number.parseInt(digest.slice(i * 8, i * 8 + 8), 16);
  }

  /** 32 hexadecimal digits; all zero for no records. */
  get digest(): string {
    return Array.from(this.#words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
