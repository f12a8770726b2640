/** Time, and for how long it may be waited. */
export interface Patience {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * True after that time; false at once, where it would be over too late, and as soon as this process has to let go. Fails
   * with the signal's reason.
   */
  waited(milliseconds: number): Promise<boolean>;
}

export interface PatienceOptions {
  readonly now: () => number;
  /** Resolves after so many milliseconds, or soon after the signal is aborted. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** When whatever is done has to be over, in milliseconds since 1970. */
  readonly deadline: number;
  /** True when this process has to let go of what it does; another one will go on with it. */
  readonly shouldStop?: (() => boolean) | undefined;
}

const MS_BETWEEN_LOOKS = 500;

export function createPatience({ now, wait, signal, deadline, shouldStop }: PatienceOptions): Patience {
  return {
    now,
    async waited(milliseconds) {
      if (now() + milliseconds > deadline) return false;
      for (let left = milliseconds; left > 0; left -= MS_BETWEEN_LOOKS) {
        await wait(Math.min(left, MS_BETWEEN_LOOKS), signal);
        signal.throwIfAborted();
        if (shouldStop?.() === true) return false;
      }
      return true;
    },
  };
}
