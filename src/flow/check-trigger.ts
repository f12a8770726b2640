import type { Connector, TriggerType } from "../sdk/connector.ts";
import type { Problem } from "../sdk/problem.ts";
import type { FlowRequest } from "./flow-request.ts";

const TRIGGERS: ReadonlyMap<string, TriggerType> = new Map([
  ["OnDemand", "on-demand"],
  ["Scheduled", "scheduled"],
  ["Event", "event"],
]);

/** Whether a flow's source and destinations can do with its trigger. Ends without a connector are left alone. */
export function checkTrigger(request: FlowRequest, connectors: readonly Connector[]): readonly Problem[] {
  const trigger = TRIGGERS.get(request.triggerConfig?.triggerType ?? "");
  if (trigger === undefined) return [];
  const find = (wanted: string | undefined) => connectors.find(({ type }) => type === wanted);
  const source = find(request.sourceFlowConfig?.connectorType);
  const destinations = (request.destinationFlowConfigList ?? []).flatMap(
    ({ connectorType }) => find(connectorType) ?? [],
  );
  return [
    ...refusal(trigger, source?.source?.triggers, `${source?.label} cannot be the source of`),
    ...destinations.flatMap(({ destination, label }) =>
      refusal(trigger, destination?.triggers, `${label} cannot be a destination of`),
    ),
  ];
}

function refusal(
  trigger: TriggerType,
  possible: readonly TriggerType[] | undefined,
  words: string,
): readonly Problem[] {
  if (possible === undefined || possible.includes(trigger)) return [];
  const names = [...TRIGGERS].filter(([, each]) => possible.includes(each)).map(([name]) => name);
  const given = [...TRIGGERS].find(([, each]) => each === trigger)![0];
  return [
    {
      path: "triggerConfig.triggerType",
      message: `${words} a flow with the trigger ${given}`,
      remedy: `use ${names.join(" or ")}`,
    },
  ];
}
