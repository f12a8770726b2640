import type { Connection } from "./http/connection.ts";

export interface PollPauses {
  /** Before the second look. */
  readonly firstMs: number;
  /** Pauses grow by half up to this. */
  readonly longestMs: number;
}

/**
 * Looks until there is something: what a job that the system carries out has come to. Fails with what `look` fails with, and
 * with `RequestTimeout` when the time is up.
 */
export async function poll<T>(
  { wait }: Pick<Connection, "wait">,
  look: () => Promise<T | undefined>,
  { firstMs, longestMs }: PollPauses,
): Promise<T> {
  for (let pauseMs = firstMs; ; pauseMs = Math.min(Math.round(pauseMs * 1.5), longestMs)) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(pauseMs);
  }
}
