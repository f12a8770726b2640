import type { RuntimeSetting } from "../../connection/connector-abilities.ts";
import { validateSettings } from "../../connection/custom-connector.ts";
import { profileSettings } from "../../connection/profile-settings.ts";
import type { Profile } from "../../connection/profile.ts";
import type { JsonObject } from "../../sdk/json.ts";
import type { Problem } from "../../sdk/problem.ts";
import { connectorFailure } from "../connector-failure.ts";
import type { Call } from "../context.ts";
import { memberPath } from "../wire-path.ts";
import { findConnector } from "./find-profile.ts";
import { findRegistration } from "./find-registration.ts";

/** One end of a flow whose connector is a registered one. */
export interface RegisteredEnd {
  readonly scope: "SOURCE" | "DESTINATION";
  readonly profile: Profile & { readonly label: string };
  /** The union member that belongs to the connector, and where it is in the request. */
  readonly settings: JsonObject;
  readonly path: string;
}

/**
 * What a registered connector's function finds wrong with a flow's settings for it. It is told those of the profile and
 * those of the flow together, as with every other request, and of no credentials; it is not asked where it has no settings for a flow, and none are
 * given. Fails with the service's exception when it gives no answer.
 */
export async function checkSettings(end: RegisteredEnd, call: Call): Promise<readonly Problem[]> {
  const { scope, profile, settings, path } = end;
  const { configuration, lambdaArn } = await findRegistration(profile.label, call);
  const declared = configuration.settings.filter((setting) => setting.scope.split("_AND_").includes(scope));
  const given = (settings["customProperties"] ?? {}) as Readonly<Record<string, string>>;
  if (declared.length === 0 && Object.keys(given).length === 0) return [];

  const all = { ...profileSettings(profile, findConnector(profile.connector, call)), ...given };
  const connector = { functions: call.functions, lambdaArn, wait: call.wait };
  const problems = await validateSettings(connector, scope, all, profile.authentication).catch((error: unknown) => {
    throw connectorFailure(error);
  });
  return problems.map(({ path: key, message }) => ({
    path: memberPath(`${path}.customProperties`, key),
    message,
    ...remedyFor(declared.find((setting) => setting.key === key)),
  }));
}

function remedyFor(setting: RuntimeSetting | undefined): Pick<Problem, "remedy"> {
  if (setting === undefined || setting.values.length === 0) return {};
  return { remedy: `give one of ${setting.values.join(", ")}` };
}
