import { ConnectorError } from "../connector-error.ts";
import { type Interceptor, nameOf } from "./dispatch.ts";
import { throughBody } from "./through-body.ts";

/** Ends a request that is not over, to the last byte of its answer, after that many milliseconds; the request may have a limit of its own. */
export function limitTime(milliseconds: number): Interceptor {
  return (dispatch) => async (request) => {
    const { deadlineMs = milliseconds } = request;
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort(
        new ConnectorError("RequestTimeout", `${nameOf(request)}: it was not over after ${deadlineMs / 1000} s`),
      );
    }, deadlineMs);
    const end = () => clearTimeout(timer);
    const signal = request.signal === undefined ? deadline.signal : AbortSignal.any([request.signal, deadline.signal]);
    try {
      const answer = await dispatch({ ...request, signal });
      return throughBody(answer, { next: (pull) => pull(), end });
    } catch (error) {
      end();
      throw error;
    }
  };
}
