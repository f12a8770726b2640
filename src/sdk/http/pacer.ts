import type { HttpRequest } from "./dispatch.ts";
import type { LimitState, RateLimit } from "./http-sheet.ts";

/**
 * Knows when the next request may be sent. Whoever has the same credentials shares one. In no stretch of a limit's length
 * there are more requests than it allows, and none while the system has said that nothing is left; a bucket of tokens that
 * refill would let nearly twice as many pass.
 */
export class Pacer {
  readonly #limits: readonly Window[];

  constructor(limits: readonly RateLimit[]) {
    const named = limits.map((limit) => new Window(limit));
    const hasAccount = limits.some(({ name }) => name === "");
    this.#limits = hasAccount ? named : [...named, new Window({ name: "", requests: Infinity, perMs: 0 })];
  }

  /** How long a request has to wait; 0 when it is to be sent at once: then it is counted. */
  take({ url }: HttpRequest, now: number): number {
    const windows = this.#windowsOf(url);
    const waitMs = Math.max(...windows.map((window) => window.waitMs(now)));
    if (waitMs > 0) return waitMs;
    for (const window of windows) window.count(now);
    return 0;
  }

  /** Takes in what an answer tells. */
  learn(states: readonly LimitState[], now: number): void {
    for (const state of states) this.#limits.find(({ name }) => name === state.name)?.learn(state, now);
  }

  /** The system asked to be left alone with such requests. */
  block({ url }: HttpRequest, until: number): void {
    // The narrowest limit is the one that was reached: a refused export says nothing about other requests.
    this.#windowsOf(url)[0]!.block(until);
  }

  /** The limit of the account is the last. */
  #windowsOf(url: URL): readonly Window[] {
    const counting = this.#limits.filter((window) => window.counts(url));
    return counting.sort((a, b) => Number(a.name === "") - Number(b.name === ""));
  }
}

class Window {
  readonly name: string;
  readonly #limit: RateLimit;
  #requests: number;
  /** When the requests were sent that still count, the oldest first. */
  #sent: number[] = [];
  #blockedUntil = 0;

  constructor(limit: RateLimit) {
    this.name = limit.name;
    this.#limit = limit;
    this.#requests = limit.requests;
  }

  counts(url: URL): boolean {
    return this.#limit.counts?.(url) ?? true;
  }

  waitMs(now: number): number {
    const { perMs } = this.#limit;
    const requests = this.#requests;
    const from = this.#sent.findIndex((sent) => sent + perMs > now);
    this.#sent = from === -1 ? [] : this.#sent.slice(from);
    const full = this.#sent.length < requests ? 0 : this.#sent[this.#sent.length - requests]! + perMs - now;
    return Math.max(0, full, this.#blockedUntil - now);
  }

  count(now: number): void {
    if (this.#requests !== Infinity) this.#sent.push(now);
  }

  /** Others may use up the same limit: what they took counts as if it were ours. */
  learn({ remaining, resetsInMs, requests }: LimitState, now: number): void {
    if (this.#requests !== Infinity && requests !== undefined) this.#requests = Math.max(1, requests);
    if (remaining === 0) return this.block(now + resetsInMs);
    if (this.#requests === Infinity) return;
    const others = this.#requests - this.#sent.length - remaining;
    for (let i = 0; i < others; i++) this.#sent.push(now);
  }

  block(until: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
  }
}
