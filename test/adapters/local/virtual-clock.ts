import type { Clock } from "../../../src/adapters/local/timer-alarm.ts";

/** A clock that goes when the test says so. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #waiting = new Set<Waiter>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wake(ms: number, then: () => void): () => void {
    const waiter = { at: this.#now + ms, call: then };
    this.#waiting.add(waiter);
    return () => this.#waiting.delete(waiter);
  }

  /** Lets time pass and everything happen that is due meanwhile, each at its time. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await settled();
    }
    this.#now = end;
  }

  /** The machine sleeps: the time of day goes on, timers stand still. */
  suspend(ms: number): void {
    this.#now += ms;
    for (const waiter of this.#waiting) waiter.at += ms;
  }

  #earliest(end: number): Waiter | undefined {
    let earliest: Waiter | undefined;
    for (const waiter of this.#waiting) {
      if (waiter.at <= end && (earliest === undefined || waiter.at < earliest.at)) earliest = waiter;
    }
    return earliest;
  }
}

interface Waiter {
  at: number;
  readonly call: () => void;
}

/** Until everything has happened that needs no timer. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
