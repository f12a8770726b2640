import { freeMemory } from "./free-memory.ts";

/** Pieces of memory of one size that are used again and again: to get new ones costs more than to fill them. */
export class MemoryPool {
  /** The size of every piece. */
  readonly bytes: number;
  readonly #spare: Buffer[] = [];

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** Takes back a piece that nobody uses any more. */
  give(memory: Buffer): void {
    this.#spare.push(memory);
  }

  /** Gives back the memory of the pieces that nobody has. */
  clear(): void {
    for (const memory of this.#spare) freeMemory(memory);
    this.#spare.length = 0;
  }
}
