/** Time, and for how long it may be waited. */
export interface Patience {
  /** Milliseconds since 1970. */
  now(): number;
  /** True after that time; false at once, where it would be over too late. Fails with the signal's reason. */
  waited(milliseconds: number): Promise<boolean>;
}

export interface PatienceOptions {
  readonly now: () => number;
  /** Resolves after so many milliseconds, or soon after the signal is aborted. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** When whatever is done has to be over, in milliseconds since 1970. */
  readonly deadline: number;
}

export function createPatience({ now, wait, signal, deadline }: PatienceOptions): Patience {
  return {
    now,
    async waited(milliseconds) {
      if (now() + milliseconds > deadline) return false;
      await wait(milliseconds, signal);
      signal.throwIfAborted();
      return true;
    },
  };
}
