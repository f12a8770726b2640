import type { Profile } from "../../connection/profile.ts";
import type { Registration } from "../../connection/registration.ts";
import type { Connector } from "../../sdk/connector.ts";
import type { Call } from "../context.ts";
import { ApiError } from "../problems.ts";

/** The profile of that name. Fails with a ResourceNotFoundException when there is none. */
export async function findProfile(name: string, call: Call): Promise<Profile> {
  const profile = await call.profiles.get(name);
  if (profile === undefined) throw noSuchProfile(name);
  return profile;
}

/** The words are the service's. */
export function noSuchProfile(name: string): ApiError {
  return new ApiError("ResourceNotFoundException", `Connector Profile with name ${name} does not exist.`);
}

/** The connector of that type. Fails with a ValidationException when there is none. */
export function findConnector(type: string, { connectors }: Call): Connector {
  const connector = connectors.find((each) => each.type === type);
  if (connector !== undefined) return connector;
  throw new ApiError("ValidationException", `connectorType: this engine has no connector ${type}`);
}

/** The connector of a profile. Fails with a ValidationException. */
export function connectorOf(type: string, label: string | undefined, call: Call): Connector {
  const connector = findConnector(type, call);
  if (connector.registered === true && label === undefined) {
    throw new ApiError("ValidationException", `connectorLabel: it is missing — name the registered connector`);
  }
  if (connector.registered !== true && label !== undefined) {
    throw new ApiError("ValidationException", `connectorLabel: "${label}" is not needed for ${type} — leave it out`);
  }
  return connector;
}

/** The registered connector of a profile; undefined for one of the catalogue. The words are the service's. */
export async function registrationOf(label: string | undefined, call: Call): Promise<Registration | undefined> {
  if (label === undefined) return undefined;
  const registration = await call.registrations.get(label);
  if (registration !== undefined) return registration;
  throw new ApiError(
    "ValidationException",
    `Connector:${label} is not registered. Please register it first before creating ConnectorProfile.`,
  );
}
