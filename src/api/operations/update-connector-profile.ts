import type { Profile } from "../../connection/profile.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { RememberedCall } from "../../store/remembered-call.ts";
import { profileArn } from "../arns.ts";
import type { ConnectionCall } from "../context.ts";
import { keepCredentials, type WantedCredentials } from "../keep-credentials.ts";
import { type MadeCall, once } from "../once.ts";
import { permit } from "../permit.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { readProfile } from "../read-profile.ts";
import type { InputOf } from "../shape.ts";
import { UpdateConnectorProfileRequest } from "../shapes.ts";
import { CONNECTION_MODE } from "../translate.ts";
import { authenticationOf } from "./create-connector-profile.ts";
import { connectorOf, findProfile, noSuchProfile, registrationOf } from "./find-profile.ts";

/** Gives a profile other properties and credentials, both at once. What is not in the request is not in the profile. */
export async function updateConnectorProfile(body: Json, call: ConnectionCall): Promise<JsonObject> {
  const { clientToken, ...request } = readInput(UpdateConnectorProfileRequest, body, call);
  permit({ arn: profileArn(call.place, request.connectorProfileName) }, call);

  return once(
    { operation: "UpdateConnectorProfile", clientToken, request: request as JsonObject },
    call,
    async (remember) => {
      const profile = await findProfile(request.connectorProfileName, call);
      const connector = connectorOf(profile.connector, profile.label, call);
      const wanted = {
        ...readProfile(request.connectorProfileConfig, connector),
        registration: await registrationOf(profile.label, call),
        name: profile.label ?? profile.name,
        kmsArn: profile.kmsArn,
      };
      const credentialsArn = await keepCredentials(wanted, call);
      return replace(request, { wanted, credentialsArn, remember }, call);
    },
  );
}

type Request = Omit<InputOf<typeof UpdateConnectorProfileRequest>, "clientToken">;

interface Replacement {
  readonly wanted: WantedCredentials;
  readonly credentialsArn: string;
  readonly remember: (answer: JsonObject) => RememberedCall | undefined;
}

/**
 * New credentials are kept beside the old ones; one write of the profile names them together with the new properties;
 * then the old ones go. So whenever this stops, the profile has properties and credentials that belong together: both the
 * old ones, or both the new ones. Were the credentials replaced in place, they would be, for a while, those of another
 * system than the properties name.
 */
async function replace(request: Request, replacement: Replacement, call: ConnectionCall): Promise<MadeCall> {
  const { credentialsArn, remember } = replacement;
  for (;;) {
    const profile = await call.profiles.get(request.connectorProfileName);
    if (profile === undefined) {
      await call.vault.delete(credentialsArn);
      throw noSuchProfile(request.connectorProfileName);
    }
    const answer = { connectorProfileArn: profile.arn };
    const result = await call.profiles.update(updated(profile, request, replacement, call), remember(answer));
    // Refused: another call has changed it meanwhile. Its credentials are then the ones to delete.
    if (result === "refused") continue;
    await call.vault.delete(result === "done" ? profile.credentialsArn : credentialsArn);
    return { result, answer };
  }
}

function updated(
  profile: Profile,
  request: Request,
  { wanted, credentialsArn }: Replacement,
  call: ConnectionCall,
): Profile {
  if (profile.connector !== wanted.connector.type || profile.label !== wanted.registration?.label) {
    throw new ApiError("ConflictException", `${profile.name} was replaced meanwhile — look at it, and update it again`);
  }
  return {
    ...profile,
    mode: CONNECTION_MODE[request.connectionMode],
    properties: request.connectorProfileConfig.connectorProfileProperties as JsonObject,
    ...authenticationOf(wanted),
    credentialsArn,
    updatedAt: call.now(),
    version: profile.version + 1,
  };
}
