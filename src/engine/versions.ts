import { createHash } from "node:crypto";
import { RunFailure } from "./run-failure.ts";

/*
 * Versions that were delivered, as plain bytes: of each the first half of a SHA-256 of its name, then its time in
 * milliseconds since 1970, a double. Names are as the source has them; two of them never share a hash in practice.
 */

const HASH_BYTES = 16;
const ENTRY_BYTES = 24;

/** More are 120 MB, which every run would have to hold. */
const MAX_VERSIONS = 5_000_000;

/** Versions as they come, in any order, again and again. */
export class VersionList {
  #bytes = Buffer.alloc(16 * ENTRY_BYTES);
  #end = 0;

  add(name: string, time: number): void {
    this.addHash(hashOf(name), time);
  }

  addHash(hash: Buffer, time: number): void {
    if (this.#end === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#end)]);
    hash.copy(this.#bytes, this.#end, 0, HASH_BYTES);
    this.#bytes.writeDoubleBE(time, this.#end + HASH_BYTES);
    this.#end += ENTRY_BYTES;
    if (this.#end > MAX_VERSIONS * ENTRY_BYTES) throw tooMany();
  }

  /** The same bytes whatever the order, each version once. */
  bytes(): Buffer {
    return unionOfVersions([this.#bytes.subarray(0, this.#end)], Number.NEGATIVE_INFINITY);
  }
}

/** Versions to be looked up. */
export class VersionSet {
  readonly #bytes: Buffer;

  /** Bytes that `unionOfVersions` or a list gave. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  has(name: string): boolean {
    return this.hasHash(hashOf(name));
  }

  hasHash(hash: Buffer): boolean {
    let low = 0;
    let high = this.#bytes.length / ENTRY_BYTES;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * ENTRY_BYTES;
      const order = hash.compare(this.#bytes, at, at + HASH_BYTES, 0, HASH_BYTES);
      if (order === 0) return true;
      if (order > 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }
}

/** All versions with a time after `after` that any of the lists has, each once, in an order of their own. */
export function unionOfVersions(lists: readonly Uint8Array[], after: number): Buffer {
  const bytes = Buffer.concat(lists);
  const count = countVersions(bytes);
  const isKept = (entry: number) => bytes.readDoubleBE(entry * ENTRY_BYTES + HASH_BYTES) > after;
  const entries = Uint32Array.from({ length: count }, (_, entry) => entry).filter(isKept);
  entries.sort(comparerOf(bytes, count));
  const union = Buffer.alloc(entries.length * ENTRY_BYTES);
  let end = 0;
  for (const entry of entries) {
    const at = entry * ENTRY_BYTES;
    const last = end - ENTRY_BYTES;
    if (end > 0 && bytes.compare(union, last, last + HASH_BYTES, at, at + HASH_BYTES) === 0) end = last;
    end += bytes.copy(union, end, at, at + ENTRY_BYTES);
  }
  if (end > MAX_VERSIONS * ENTRY_BYTES) throw tooMany();
  return union.subarray(0, end);
}

/** Orders entries by their bytes: by the first six as a number, as that is quick and nearly always enough. */
function comparerOf(bytes: Buffer, count: number): (a: number, b: number) => number {
  const firsts = Float64Array.from({ length: count }, (_, entry) => bytes.readUIntBE(entry * ENTRY_BYTES, 6));
  return (a, b) => {
    const order = firsts[a]! - firsts[b]!;
    if (order !== 0) return order;
    const [from, other] = [a * ENTRY_BYTES, b * ENTRY_BYTES];
    return bytes.compare(bytes, other, other + ENTRY_BYTES, from, from + ENTRY_BYTES);
  };
}

/** How many versions there are in bytes of them. */
export function countVersions(bytes: Uint8Array): number {
  return bytes.length / ENTRY_BYTES;
}

export function hashOf(name: string): Buffer {
  return createHash("sha256").update(name).digest().subarray(0, HASH_BYTES);
}

function tooMany(): RunFailure {
  return new RunFailure(
    `More than ${MAX_VERSIONS} records lie in the time that each incremental run looks back over. ` +
      "Shorten the connector's lookback, or run the flow with dataPullMode Complete.",
  );
}
