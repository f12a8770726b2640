import type { Profile } from "../../connection/profile.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import { profileArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { DEFAULT_PAGE } from "../pages.ts";
import { EVERYTHING, permit } from "../permit.ts";
import { readInput } from "../read-input.ts";
import { DescribeConnectorProfilesRequest } from "../shapes.ts";
import { CONNECTION_MODE_WORD, seconds } from "../translate.ts";

/** Profiles, without anything of their credentials: those of the names that are given, or all in the order of names. */
export async function describeConnectorProfiles(body: Json, call: Call): Promise<JsonObject> {
  const request = readInput(DescribeConnectorProfilesRequest, body, call);
  const { connectorProfileNames = [], connectorType, connectorLabel, maxResults = DEFAULT_PAGE, nextToken } = request;
  const names = [...new Set(connectorProfileNames)];
  for (const name of names) permit({ arn: profileArn(call.place, name) }, call);
  if (names.length === 0) permit(EVERYTHING, call);
  const list = `profiles ${JSON.stringify([names, connectorType ?? null, connectorLabel ?? null])}`;
  const after = nextToken === undefined ? undefined : (call.pages.open(list, nextToken) as string);

  const filter = { after, connector: connectorType, label: connectorLabel };
  const found = names.length > 0 ? await named(names, filter, call) : await call.profiles.list(maxResults + 1, filter);
  const page = found.slice(0, maxResults);

  return {
    connectorProfileDetails: page.map(detail),
    ...(found.length > page.length && { nextToken: call.pages.seal(list, page.at(-1)!.name) }),
  };
}

interface Filter {
  readonly after: string | undefined;
  readonly connector: string | undefined;
  readonly label: string | undefined;
}

/** In the order of the request. A name without a profile is left out: clients take that for "deleted". */
async function named(names: readonly string[], { after, connector, label }: Filter, call: Call) {
  const rest = after === undefined ? names : names.slice(names.indexOf(after) + 1);
  const profiles = await Promise.all(rest.map((name) => call.profiles.get(name)));
  return profiles
    .filter((profile) => profile !== undefined)
    .filter((profile) => connector === undefined || profile.connector === connector)
    .filter((profile) => label === undefined || profile.label === label);
}

function detail(profile: Profile): JsonObject {
  return {
    connectorProfileArn: profile.arn,
    connectorProfileName: profile.name,
    connectorType: profile.connector,
    ...(profile.label !== undefined && { connectorLabel: profile.label }),
    connectionMode: CONNECTION_MODE_WORD[profile.mode],
    credentialsArn: profile.credentialsArn,
    connectorProfileProperties: profile.properties,
    createdAt: seconds(profile.createdAt),
    lastUpdatedAt: seconds(profile.updatedAt),
    // Private networks are the business of whoever runs the engine; for a profile nothing has to be set up.
    ...(profile.mode === "private" && { privateConnectionProvisioningState: { status: "CREATED" } }),
  };
}
