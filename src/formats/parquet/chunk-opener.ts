import type { ByteSource } from "../../sdk/byte-source.ts";
import { ChunkBytes, ROOM_BEFORE } from "./chunk-bytes.ts";
import type { ByteRange, Step } from "./chunk-bytes.ts";
import { MemoryPool } from "./memory-pool.ts";
import { readRange } from "./read-range.ts";

/** Ranges are read in steps of at most this many bytes, and at least that many. */
const MAX_STEP_BYTES = 1024 * 1024;
const MIN_STEP_BYTES = 64 * 1024;
/** What is read for all ranges together, and once more for what is read ahead. */
const ALL_STEPS_BYTES = 16 * 1024 * 1024;

/** Opens ranges of one object, a few together at a time, and always as many. */
export class ChunkOpener {
  readonly #source: ByteSource;
  readonly #pool: MemoryPool;

  /** `ranges`: how many there are at a time. */
  constructor(source: ByteSource, ranges: number) {
    this.#source = source;
    const share = Math.floor(ALL_STEPS_BYTES / Math.max(1, ranges));
    const stepBytes = Math.min(Math.max(share, MIN_STEP_BYTES), MAX_STEP_BYTES);
    this.#pool = new MemoryPool(ROOM_BEFORE + stepBytes);
  }

  /**
   * The bytes of each range, for reading side by side; the first of them are on their way. Ranges that lie together within
   * one large step are read together, so that an object with many small chunks does not take a request for each.
   */
  open(ranges: readonly ByteRange[]): readonly ChunkBytes[] {
    const opened = new Map<ByteRange, ChunkBytes>();
    for (const group of neighbours(ranges)) this.#openGroup(group, opened);
    return ranges.map((range) => opened.get(range)!);
  }

  #openGroup(group: readonly ByteRange[], opened: Map<ByteRange, ChunkBytes>): void {
    const { start } = group[0]!;
    const end = Math.max(...group.map((range) => range.start + range.length));
    const isRead = group.length > 1 && end > start;
    const all = isRead ? readRange(this.#source, start, end - start) : undefined;
    for (const range of group) {
      const at = range.start - start;
      const first = all?.then((bytes): Step => ({ bytes: bytes.subarray(at, at + range.length), memory: "shared" }));
      opened.set(range, new ChunkBytes(this.#source, range, this.#pool, first));
    }
  }

  /** Gives back the memory that is kept for later ranges. */
  close(): void {
    this.#pool.clear();
  }
}

function neighbours(ranges: readonly ByteRange[]): readonly (readonly ByteRange[])[] {
  const groups: ByteRange[][] = [];
  let start = 0;
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const group = groups.at(-1);
    if (group !== undefined && range.start + range.length - start <= MAX_STEP_BYTES) group.push(range);
    else {
      groups.push([range]);
      ({ start } = range);
    }
  }
  return groups;
}
