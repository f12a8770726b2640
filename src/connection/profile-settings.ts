import type { Connector } from "../sdk/connector.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { Profile } from "./profile.ts";

/** What a registered connector is told of a profile. */
export function profileSettings({ properties }: Profile, { key }: Connector): Readonly<Record<string, string>> {
  const ofConnector = properties[key] as JsonObject | undefined;
  return (ofConnector?.["profileProperties"] ?? {}) as Readonly<Record<string, string>>;
}
