import { ConnectorError } from "../connector-error.ts";
import { retryAfterOf } from "./answer-error.ts";
import { type Interceptor, nameOf } from "./dispatch.ts";
import type { HttpSheet } from "./http-sheet.ts";
import type { Pacer } from "./pacer.ts";
import type { Patience } from "./patience.ts";
import { readLimits } from "./read-limits.ts";

/** Holds requests back until the system's limits let them pass. Fails with `RateLimitExceeded` where that is too long. */
export function keepPace(pacer: Pacer, sheet: HttpSheet, patience: Patience): Interceptor {
  return (dispatch) => async (request) => {
    for (;;) {
      const waitMs = pacer.take(request, patience.now());
      if (waitMs === 0) break;
      if (!(await patience.waited(waitMs))) {
        const message = `${nameOf(request)}: the system's limits let it pass in ${Math.ceil(waitMs / 1000)} s, which is too late`;
        throw new ConnectorError("RateLimitExceeded", message, { retryAfterMs: waitMs });
      }
    }
    const answer = await dispatch(request);
    const now = patience.now();
    pacer.learn(sheet.readLimits?.(answer.headers, now) ?? readLimits(answer.headers, now), now);
    const retryAfterMs = answer.status === 429 ? retryAfterOf(answer, now) : undefined;
    if (retryAfterMs !== undefined) pacer.block(request, now + retryAfterMs);
    return answer;
  };
}
