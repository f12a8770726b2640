import { CONNECTOR_ERRORS, ConnectorError } from "../connector-error.ts";
import type { HttpRequest } from "./dispatch.ts";
import type { Patience } from "./patience.ts";

/** How often it is tried while the system does not say when to come back. */
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** How long one request is tried, whatever the system says: longer waits are a schedule's business. */
const MAX_WAIT_MS = 15 * 60 * 1000;

export interface TryAgainOptions {
  readonly patience: Patience;
  /** From 0 up to, not including, 1. */
  readonly chance: () => number;
}

/**
 * Makes attempts until one succeeds, or trying again is of no use, too late, or could do something twice. Between them it
 * waits as long as the system says; else a random part of a pause that doubles, so that many do not come back at once.
 */
export async function tryAgain<T>(
  request: HttpRequest,
  attempt: () => Promise<T>,
  { patience, chance }: TryAgainOptions,
): Promise<T> {
  const until = patience.now() + MAX_WAIT_MS;
  for (let blind = 1; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConnectorError) || !mayHelp(error, request)) throw error;
      const told = error.retryAfterMs;
      if (told === undefined && blind++ === MAX_ATTEMPTS) throw error;
      const pauseMs = told ?? chance() * Math.min(FIRST_PAUSE_MS * 2 ** (blind - 1), LONGEST_PAUSE_MS);
      if (patience.now() + pauseMs > until || !(await patience.waited(pauseMs))) throw error;
    }
  }
}

/** What was refused for its rate has not been done. */
function mayHelp({ code }: ConnectorError, { method, isRead }: HttpRequest): boolean {
  const isHarmless = method === "GET" || method === "HEAD" || isRead === true;
  return CONNECTOR_ERRORS[code].retry && (isHarmless || code === "RateLimitExceeded");
}
