import type { Json, JsonObject } from "../../sdk/json.ts";
import { connectorArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { permit } from "../permit.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { UnregisterConnectorRequest } from "../shapes.ts";
import { findRegistration, notRegistered } from "./find-registration.ts";
import { registeredType } from "./registered-type.ts";

/** Forgets a connector. Refused while profiles use it, unless forced: then they are left without their connector. */
export async function unregisterConnector(body: Json, call: Call): Promise<JsonObject> {
  const { connectorLabel: label, forceDelete = false } = readInput(UnregisterConnectorRequest, body, call);
  permit({ arn: connectorArn(call.place, label) }, call);
  await findRegistration(label, call);
  const [user] = await call.profiles.list(1, { connector: registeredType(call).type, label });
  if (!forceDelete && user !== undefined) {
    throw new ApiError(
      "ConflictException",
      `Connector ${label} is in use by connector profile ${user.name} — delete its profiles, or set forceDelete`,
    );
  }
  if (!(await call.registrations.delete(label))) throw notRegistered(label);
  return {};
}
