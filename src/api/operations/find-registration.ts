import type { Registration } from "../../connection/registration.ts";
import type { Call } from "../context.ts";
import { ApiError } from "../problems.ts";

/** The registered connector of that label. Fails with a ResourceNotFoundException when there is none. */
export async function findRegistration(label: string, call: Call): Promise<Registration> {
  const registration = await call.registrations.get(label);
  if (registration === undefined) throw notRegistered(label);
  return registration;
}

/** The words at the start are the service's. */
export function notRegistered(label: string): ApiError {
  return new ApiError("ResourceNotFoundException", `Connector:${label} is not registered.`);
}
