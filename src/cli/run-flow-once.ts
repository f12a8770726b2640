import { randomUUID } from "node:crypto";
import type { Flow, FlowDefinition } from "../flow/flow.ts";
import { executeRun } from "../run/execute-run.ts";
import type { ExecutePorts, RunControl } from "../run/execute-run.ts";
import { claimRun } from "../run/claim-run.ts";
import type { Run } from "../run/run.ts";
import type { JsonObject } from "../sdk/json.ts";

/** Stores the flow and runs it to its end, whatever its trigger is. */
export async function runFlowOnce(
  { definition, request }: { readonly definition: FlowDefinition; readonly request: JsonObject },
  ports: ExecutePorts,
  control: RunControl,
): Promise<Run> {
  const now = ports.now();
  const flow: Flow = {
    name: definition.name,
    id: randomUUID(),
    arn: "",
    status: "active",
    definition,
    request,
    schemaVersion: 1,
    createdAt: now,
    updatedAt: now,
    createdBy: "",
    updatedBy: "",
    tags: {},
    version: 1,
  };
  const id = randomUUID();
  await ports.flows.create(flow);
  await claimRun(flow, id, ports);
  return executeRun(flow.name, id, ports, control);
}
