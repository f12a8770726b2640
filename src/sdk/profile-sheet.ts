import type { OAuthDefaults, OAuthSheet } from "./auth/oauth-sheet.ts";
import type { HttpSheet } from "./http/http-sheet.ts";
import type { JsonObject } from "./json.ts";
import type { Problem } from "./problem.ts";

export type AuthKind = "api-key" | "basic" | "oauth2" | "custom";

/** How a connector is connected to: what its profiles hold, and how they are opened. */
export interface ProfileSheet {
  readonly auth: readonly AuthKind[];
  /**
   * Every problem with the profile's members of this connector, beyond those of their shape. Messages never hold a
   * credential.
   */
  check(properties: JsonObject, credentials: JsonObject): readonly Problem[];
  /**
   * How the tokens of a profile are got, whose credentials are as the vault keeps them; undefined for a profile without
   * tokens. `registered` is what a registered connector told. Fails with a `ConnectorError` where the properties lead nowhere. Absent where there are no tokens.
   */
  oauth?(properties: JsonObject, credentials: JsonObject, registered?: OAuthDefaults): OAuthSheet | undefined;
  /** What the vault keeps of the credentials; absent for what was sent. */
  keep?(credentials: JsonObject): JsonObject;
  /** How requests are made with a profile; absent where this engine makes none. */
  readonly http?: HttpSheet;
}
