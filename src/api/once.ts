import type { Json, JsonObject } from "../sdk/json.ts";
import { type RememberedCall, TOKEN_LIFE_MS } from "../store/remembered-call.ts";
import type { WriteResult } from "../store/write-result.ts";
import type { Call } from "./context.ts";
import { ApiError } from "./problems.ts";

export interface OnceOptions {
  readonly operation: string;
  /** Undefined when the caller gave none: then every call is a new one. */
  readonly clientToken: string | undefined;
  /** All of the request that makes a difference. */
  readonly request: Json;
}

/**
 * Gives the answer of an earlier call with the same client token and request, or makes the call. The same token with
 * another request is a ConflictException. `make` is handed what to store with its effect.
 */
export async function once(
  { operation, clientToken, request }: OnceOptions,
  call: Call,
  make: (remember: (answer: JsonObject) => RememberedCall | undefined) => Promise<MadeCall>,
): Promise<JsonObject> {
  if (clientToken === undefined) return (await make(() => undefined)).answer;
  const [token, digest, at] = [`${operation}/${clientToken}`, call.digest(request), call.now()];
  for (;;) {
    const earlier = await call.calls.find(token, at - TOKEN_LIFE_MS);
    if (earlier !== undefined) return answerOf(earlier, digest);
    const { result, answer } = await make((answer) => ({ token, digest, answer, at }));
    // `repeated`: another call with this token was quicker, and can be found.
    if (result === "done") return answer;
  }
}

/** `refused` writes are the operation's to explain: it throws. */
export interface MadeCall {
  readonly result: Exclude<WriteResult, "refused">;
  readonly answer: JsonObject;
}

function answerOf(earlier: RememberedCall, digest: string): JsonObject {
  if (earlier.digest === digest) return earlier.answer;
  throw new ApiError("ConflictException", "This clientToken was used for another request — use a new one");
}
