import { ConnectorError } from "../connector-error.ts";
import { type Interceptor, nameOf } from "./dispatch.ts";
import { throughBody } from "./through-body.ts";

/** Ends a request that is not over, to the last byte of its answer, after that many milliseconds. */
export function limitTime(milliseconds: number): Interceptor {
  return (dispatch) => async (request) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort(
        new ConnectorError("RequestTimeout", `${nameOf(request)}: it was not over after ${milliseconds / 1000} s`),
      );
    }, milliseconds);
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
