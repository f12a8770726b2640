/*
 * Packed states, each once, numbered in the order in which they were found. Whole states are compared, not hashes. Per
 * state: its words, the number of the state that it was found from, and about two words of the hash table.
 */

const STATES_PER_CHUNK = 1 << 18;

export class StateSet {
  readonly #words: number;
  readonly #rowWords: number;
  readonly #chunks: Int32Array[] = [];
  #table = new Int32Array(1 << 16).fill(-1);
  #size = 0;

  constructor(words: number) {
    this.#words = words;
    this.#rowWords = words + 1;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return 4 * (this.#chunks.length * STATES_PER_CHUNK * this.#rowWords + this.#table.length);
  }

  /** The number of the state if it is new, else −1. */
  add(row: Int32Array, foundFrom: number): number {
    const mask = this.#table.length - 1;
    let place = hash(row, 0, this.#words) & mask;
    for (let known = this.#table[place]!; known !== -1; known = this.#table[place]!) {
      if (this.#isEqual(known, row)) return -1;
      place = (place + 1) & mask;
    }
    const number = this.#append(row, foundFrom);
    this.#table[place] = number;
    if (this.#size * 3 > this.#table.length * 2) this.#growTable();
    return number;
  }

  /** Where the state lies: in which array, from which index on. */
  chunkOf(number: number): Int32Array {
    return this.#chunks[Math.floor(number / STATES_PER_CHUNK)]!;
  }

  indexOf(number: number): number {
    return (number % STATES_PER_CHUNK) * this.#rowWords;
  }

  foundFrom(number: number): number {
    return this.chunkOf(number)[this.indexOf(number) + this.#words]!;
  }

  #isEqual(number: number, row: Int32Array): boolean {
    const chunk = this.chunkOf(number);
    const from = this.indexOf(number);
    for (let i = 0; i < this.#words; i++) if (chunk[from + i] !== row[i]) return false;
    return true;
  }

  #append(row: Int32Array, foundFrom: number): number {
    const number = this.#size++;
    if (number % STATES_PER_CHUNK === 0) this.#chunks.push(new Int32Array(STATES_PER_CHUNK * this.#rowWords));
    const chunk = this.chunkOf(number);
    const from = this.indexOf(number);
    for (let i = 0; i < this.#words; i++) chunk[from + i] = row[i]!;
    chunk[from + this.#words] = foundFrom;
    return number;
  }

  #growTable(): void {
    const table = new Int32Array(this.#table.length * 2).fill(-1);
    const mask = table.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let place = hash(this.chunkOf(number), this.indexOf(number), this.#words) & mask;
      while (table[place] !== -1) place = (place + 1) & mask;
      table[place] = number;
    }
    this.#table = table;
  }
}

/** MurmurHash3, 32 bits: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp */
function hash(row: Int32Array, from: number, words: number): number {
  let h = 0;
  for (let i = from; i < from + words; i++) {
    let k = Math.imul(row[i]!, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
