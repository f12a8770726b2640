import type { JsonObject } from "../sdk/json.ts";

/**
 * A call that has had its effect, known by its client token. It is stored in the same write as the effect, so a repeated
 * call finds either both or neither.
 */
export interface RememberedCall {
  /** The operation, and the client token: `CreateFlow/1f0c…`. */
  readonly token: string;
  /** The same for equal requests; it does not tell what was in them. */
  readonly digest: string;
  readonly answer: JsonObject;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where calls are remembered. The stores write them; this is how they are read. Reads see every earlier write. */
export interface CallStore {
  /** The call of that token, if it was made after `since`, in milliseconds since 1970. */
  find(token: string, since: number): Promise<RememberedCall | undefined>;
}

/** How long a client token is remembered: AppFlow's eight hours. */
export const TOKEN_LIFE_MS = 8 * 60 * 60 * 1000;
