import type { Profile } from "../../connection/profile.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import { profileArn } from "../arns.ts";
import type { ConnectionCall } from "../context.ts";
import { AUTHENTICATION, keepCredentials, type WantedCredentials } from "../keep-credentials.ts";
import { once } from "../once.ts";
import { permit } from "../permit.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { readProfile } from "../read-profile.ts";
import type { InputOf } from "../shape.ts";
import { CreateConnectorProfileRequest } from "../shapes.ts";
import { CONNECTION_MODE } from "../translate.ts";
import { connectorOf, registrationOf } from "./find-profile.ts";

/**
 * Stores a profile, and its credentials in the vault. A code is exchanged for tokens at once; tokens that are given are
 * not tried. The credentials come first: a profile without them is of no use, credentials without a profile do no harm,
 * and are deleted when the profile is refused.
 */
export async function createConnectorProfile(body: Json, call: ConnectionCall): Promise<JsonObject> {
  const { clientToken, ...request } = readInput(CreateConnectorProfileRequest, body, call);
  permit({ arn: profileArn(call.place, request.connectorProfileName) }, call);
  const connector = connectorOf(request.connectorType, request.connectorLabel, call);
  const read = readProfile(request.connectorProfileConfig, connector);

  return once(
    { operation: "CreateConnectorProfile", clientToken, request: request as JsonObject },
    call,
    async (remember) => {
      const registration = await registrationOf(request.connectorLabel, call);
      await checkRoom(request.connectorProfileName, call);
      const wanted = { ...read, registration, name: secretLabel(request), kmsArn: request.kmsArn };
      const credentialsArn = await keepCredentials(wanted, call);
      const profile = newProfile(request, wanted, credentialsArn, call);
      const answer = { connectorProfileArn: profile.arn };
      const result = await call.profiles.create(profile, remember(answer));
      if (result !== "done") await call.vault.delete(credentialsArn);
      if (result === "refused") throw taken(profile.name);
      return { result, answer };
    },
  );
}

type Request = Omit<InputOf<typeof CreateConnectorProfileRequest>, "clientToken">;

/** Asked before the credentials are touched: a code is good for one exchange. */
async function checkRoom(name: string, call: ConnectionCall): Promise<void> {
  if ((await call.profiles.get(name)) !== undefined) throw taken(name);
  const limit = call.quotas.profiles;
  if (limit === undefined || (await call.profiles.count(limit)) < limit) return;
  throw new ApiError(
    "ServiceQuotaExceededException",
    `There are ${limit} connector profiles already, and no more are allowed — delete one that no flow uses`,
  );
}

/** Policies for a registered connector's function name its secrets by the connector's label. */
function secretLabel({ connectorLabel, connectorProfileName }: Request): string {
  return connectorLabel ?? connectorProfileName;
}

function newProfile(
  request: Request,
  wanted: WantedCredentials,
  credentialsArn: string,
  call: ConnectionCall,
): Profile {
  const now = call.now();
  return {
    name: request.connectorProfileName,
    arn: profileArn(call.place, request.connectorProfileName),
    connector: request.connectorType,
    ...(request.connectorLabel !== undefined && { label: request.connectorLabel }),
    mode: CONNECTION_MODE[request.connectionMode],
    properties: request.connectorProfileConfig.connectorProfileProperties as JsonObject,
    ...authenticationOf(wanted),
    credentialsArn,
    ...(request.kmsArn !== undefined && { kmsArn: request.kmsArn }),
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
}

/** Of a registered connector only: the others' credentials tell. */
export function authenticationOf({ registration, credentials }: WantedCredentials): Pick<Profile, "authentication"> {
  const authentication = AUTHENTICATION[credentials["authenticationType"] as string];
  return registration === undefined || authentication === undefined ? {} : { authentication };
}

function taken(name: string): ApiError {
  return new ApiError("ConflictException", `A connector profile with name ${name} already exists.`);
}
