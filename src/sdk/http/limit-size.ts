import { ConnectorError } from "../connector-error.ts";
import { type Interceptor, nameOf } from "./dispatch.ts";
import { throughBody } from "./through-body.ts";

/** Ends an answer whose body, decompressed, is of more bytes; the request may have a limit of its own. */
export function limitSize(bytes: number): Interceptor {
  return (dispatch) => async (request) => {
    const { maxBytes = bytes } = request;
    let received = 0;
    return throughBody(await dispatch(request), {
      next: async (pull) => {
        const chunk = await pull();
        received += chunk?.length ?? 0;
        if (received <= maxBytes) return chunk;
        throw new ConnectorError("ClientError", `${nameOf(request)}: the answer has more than ${maxBytes} bytes`);
      },
    });
  };
}
