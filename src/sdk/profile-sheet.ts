import type { JsonObject } from "./json.ts";
import type { Problem } from "./problem.ts";

export type AuthKind = "api-key" | "basic" | "oauth2" | "custom";

/** How a connector is connected to: what its profiles hold, and how they are opened. */
export interface ProfileSheet {
  readonly auth: readonly AuthKind[];
  /**
   * Every problem with the profile's members of this connector, beyond those of their shape. Messages never hold a
   * credential. Paths begin with `properties` or `credentials`.
   */
  check(properties: JsonObject, credentials: JsonObject): readonly Problem[];
}
