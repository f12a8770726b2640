import type { Browsed } from "../../connection/browse-entities.ts";
import type { Connector } from "../../sdk/connector.ts";
import { profileArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { EVERYTHING, permit } from "../permit.ts";
import { ApiError } from "../problems.ts";
import { findConnector, findProfile } from "./find-profile.ts";
import { findRegistration } from "./find-registration.ts";

export interface BrowseRequest {
  readonly connectorType?: string;
  readonly connectorProfileName?: string;
  readonly apiVersion?: string;
}

/**
 * The connector whose entities a request is about. A profile says which that is; connectors without profiles are named by
 * their type, and the name of a profile does not matter.
 */
export async function findBrowsed(request: BrowseRequest, call: Call): Promise<Browsed> {
  const { connectorType: type, connectorProfileName: name, apiVersion } = request;
  const named = type === undefined ? undefined : findConnector(type, call);
  if (named !== undefined && named.profile === undefined) {
    permit(EVERYTHING, call);
    return { connector: named, profile: undefined, registration: undefined, apiVersion };
  }
  if (name === undefined) throw new ApiError("ValidationException", nameless(named));
  permit({ arn: profileArn(call.place, name) }, call);
  const profile = await findProfile(name, call);
  if (named !== undefined && named.type !== profile.connector) {
    throw new ApiError(
      "ValidationException",
      `connectorType: profile ${name} is of ${profile.connector}, not of ${named.type} — give that type, or none`,
    );
  }
  const connector = findConnector(profile.connector, call);
  const registration = profile.label === undefined ? undefined : await findRegistration(profile.label, call);
  return { connector, profile, registration, apiVersion };
}

function nameless(named: Connector | undefined): string {
  return named === undefined
    ? "connectorProfileName: it is missing — name a profile, or a connectorType that needs none"
    : `connectorProfileName: ${named.label} needs a connector profile`;
}
