/**
 * How a conditional write went. `refused`: what it expects does not hold, so it exists already, is gone, or has another
 * version. `repeated`: a call with its token was remembered less than `TOKEN_LIFE_MS` before. Only `done` has an effect,
 * and then all of it.
 */
export type WriteResult = "done" | "refused" | "repeated";
