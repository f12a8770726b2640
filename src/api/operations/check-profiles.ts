import type { Endpoint, FlowDefinition } from "../../flow/flow.ts";
import { profileArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { permit } from "../permit.ts";
import { refusedFlow } from "../read-flow.ts";
import { findProfile } from "./find-profile.ts";

/**
 * The definition, with the labels of the registered connectors that its profiles are for. Fails with a
 * ResourceNotFoundException for a profile that does not exist, with a ValidationException for one of another connector.
 */
export async function checkProfiles(
  definition: FlowDefinition,
  change: "create" | "update",
  call: Call,
): Promise<FlowDefinition> {
  const problems: string[] = [];
  const labelled = async (end: Endpoint, path: string): Promise<Endpoint> => {
    if (end.profile === undefined) return end;
    const profile = await findProfile(end.profile, call);
    if (profile.connector !== end.connector) {
      problems.push(
        `${path}.connectorProfileName: the profile ${profile.name} is for ${profile.connector}, not ${end.connector}`,
      );
    }
    return { ...end, ...(profile.label !== undefined && { label: profile.label }) };
  };

  const source = await labelled(definition.source, "sourceFlowConfig");
  const destinations = [];
  for (const [place, end] of definition.destinations.entries()) {
    destinations.push(await labelled(end, `destinationFlowConfigList[${place}]`));
  }
  if (problems.length > 0) throw refusedFlow(problems, change);
  return { ...definition, source, destinations };
}

/** Whoever makes a flow sees what its profiles can see. Fails with an AccessDeniedException. */
export function permitProfiles({ source, destinations }: FlowDefinition, call: Call): void {
  for (const { profile } of [source, ...destinations]) {
    if (profile !== undefined)
      permit({ arn: profileArn(call.place, profile) }, call, { action: "UseConnectorProfile" });
  }
}
