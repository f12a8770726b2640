import type { Json, JsonObject } from "../../sdk/json.ts";
import { profileArn } from "../arns.ts";
import type { ConnectionCall } from "../context.ts";
import { permit } from "../permit.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { DeleteConnectorProfileRequest } from "../shapes.ts";
import { findProfile, noSuchProfile } from "./find-profile.ts";

/** How many flows the message names. */
const MAX_NAMED = 5;

/**
 * Deletes a profile with its credentials. Refused while flows use it, unless forced: then their runs fail. The profile
 * goes first: it is of no use without credentials, and credentials without a profile do no harm.
 */
export async function deleteConnectorProfile(body: Json, call: ConnectionCall): Promise<JsonObject> {
  const { connectorProfileName: name, forceDelete = false } = readInput(DeleteConnectorProfileRequest, body, call);
  permit({ arn: profileArn(call.place, name) }, call);
  const profile = await findProfile(name, call);
  if (!forceDelete) await checkUnused(name, call);
  if (!(await call.profiles.delete(name))) throw noSuchProfile(name);
  await call.vault.delete(profile.credentialsArn);
  return {};
}

async function checkUnused(name: string, call: ConnectionCall): Promise<void> {
  const flows = await call.flows.usingProfile(name, MAX_NAMED + 1);
  if (flows.length === 0) return;
  const named = flows.slice(0, MAX_NAMED).join(", ") + (flows.length > MAX_NAMED ? " and others" : "");
  throw new ApiError(
    "ConflictException",
    `Connector Profile with name ${name} is used by flows (${named}) — delete them first, or set forceDelete`,
  );
}
