import { ConnectorError } from "../connector-error.ts";
import { type Interceptor, nameOf } from "./dispatch.ts";
import { throughBody } from "./through-body.ts";

export interface Pace {
  readonly bytes: number;
  readonly milliseconds: number;
}

/**
 * Ends an answer that gives fewer bytes within that time. Only time that is spent waiting for the peer counts, so whoever
 * reads slowly is not taken for a slow peer. (Watching for silence is not enough: a byte now and then breaks it.)
 */
export function requirePace({ bytes, milliseconds }: Pace): Interceptor {
  return (dispatch) => async (request) => {
    const answer = await dispatch(request);
    let [left, received] = [milliseconds, 0];
    return throughBody(answer, {
      next: async (pull) => {
        const pulled = pull();
        for (;;) {
          const from = performance.now();
          const chunk = await Promise.race([pulled, after(left, pulled)]);
          left -= performance.now() - from;
          if (chunk !== LATE) {
            received += chunk?.length ?? 0;
            return chunk;
          }
          if (received < bytes) {
            throw new ConnectorError(
              "RequestTimeout",
              `${nameOf(request)}: it gave fewer than ${bytes} bytes in ${milliseconds / 1000} s`,
            );
          }
          [left, received] = [milliseconds, 0];
        }
      },
    });
  };
}

const LATE = Symbol("late");

/** Gives LATE after that time, unless the work is done before: then never anything. */
function after(milliseconds: number, work: Promise<unknown>): Promise<typeof LATE> {
  const { promise, resolve } = Promise.withResolvers<typeof LATE>();
  const timer = setTimeout(() => resolve(LATE), milliseconds);
  const clear = () => clearTimeout(timer);
  work.then(clear, clear);
  return promise;
}
