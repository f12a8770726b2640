import type { VirtualTime } from "./virtual-time.ts";

/** A limit as a vendor enforces it: so many requests in any stretch of that length. */
export class EnforcedLimit {
  /** How many requests were refused. */
  refused = 0;
  readonly requests: number;
  readonly #perMs: number;
  readonly #time: VirtualTime;
  #passed: number[] = [];

  constructor(time: VirtualTime, requests: number, perMs: number) {
    this.#time = time;
    this.requests = requests;
    this.#perMs = perMs;
  }

  /** Counts a request. `resetsInS` is when the next one passes, or would. */
  take(): { readonly passes: boolean; readonly remaining: number; readonly resetsInS: number } {
    const now = this.#time.now();
    this.#passed = this.#passed.filter((at) => at + this.#perMs > now);
    const passes = this.#passed.length < this.requests;
    if (passes) this.#passed.push(now);
    else this.refused++;
    const resetsInS = Math.ceil(((this.#passed[0] ?? now) + this.#perMs - now) / 1000);
    return { passes, remaining: this.requests - this.#passed.length, resetsInS };
  }
}
