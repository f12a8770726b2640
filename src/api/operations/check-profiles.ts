import type { Endpoint, FlowDefinition } from "../../flow/flow.ts";
import { profileArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { permit } from "../permit.ts";
import { textOf } from "../problems.ts";
import { refusedFlow } from "../read-flow.ts";
import { memberPath } from "../wire-path.ts";
import { checkSettings, type RegisteredEnd } from "./check-settings.ts";
import { findConnector, findProfile } from "./find-profile.ts";

/**
 * The definition, with the labels of the registered connectors that its profiles are for. Fails with a
 * ResourceNotFoundException for a profile that does not exist, with a ValidationException for one of another connector and
 * for settings that a registered connector does not take.
 */
export async function checkProfiles(
  definition: FlowDefinition,
  change: "create" | "update",
  call: Call,
): Promise<FlowDefinition> {
  const problems: string[] = [];
  const registered: RegisteredEnd[] = [];
  const labelled = async (end: Endpoint, place: Place): Promise<Endpoint> => {
    if (end.profile === undefined) return end;
    const profile = await findProfile(end.profile, call);
    if (profile.connector !== end.connector) {
      problems.push(
        `${place.path}.connectorProfileName: the profile ${profile.name} is for ${profile.connector}, not ${end.connector}`,
      );
    }
    const { label } = profile;
    if (label === undefined) return end;
    const path = memberPath(`${place.path}.${place.member}`, findConnector(end.connector, call).key);
    registered.push({ scope: place.scope, profile: { ...profile, label }, settings: end.settings, path });
    return { ...end, label };
  };

  const source = await labelled(definition.source, SOURCE);
  const destinations = [];
  for (const [number, end] of definition.destinations.entries())
    destinations.push(await labelled(end, destination(number)));
  // What is not for a connector is nothing that it could be asked about.
  if (problems.length === 0) {
    for (const end of registered) problems.push(...(await checkSettings(end, call)).map(textOf));
  }
  if (problems.length > 0) throw refusedFlow(problems, change);
  return { ...definition, source, destinations };
}

/** One end of a flow in the request. */
interface Place {
  readonly path: string;
  readonly member: string;
  readonly scope: RegisteredEnd["scope"];
}

const SOURCE: Place = { path: "sourceFlowConfig", member: "sourceConnectorProperties", scope: "SOURCE" };

function destination(number: number): Place {
  return {
    path: `destinationFlowConfigList[${number}]`,
    member: "destinationConnectorProperties",
    scope: "DESTINATION",
  };
}

/** Whoever makes a flow sees what its profiles can see. Fails with an AccessDeniedException. */
export function permitProfiles({ source, destinations }: FlowDefinition, call: Call): void {
  for (const { profile } of [source, ...destinations]) {
    if (profile !== undefined) {
      permit({ arn: profileArn(call.place, profile) }, call, { action: "UseConnectorProfile" });
    }
  }
}
