import type { FlowEvent } from "../../src/flow/flow-event.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { eventsOf } from "../../src/run/run-events.ts";
import type { RunStore } from "../../src/run/run-store.ts";
import { newRun } from "../../src/run/run.ts";
import type { Run } from "../../src/run/run.ts";
import { released } from "../../src/run/transitions.ts";

/** A flow as CreateFlow stores it. */
export function sampleFlow(name: string, changes: Partial<Flow> = {}): Flow {
  return {
    name,
    id: "0c6f1000-0000-4000-8000-000000000000",
    arn: `arn:aws:appflow:eu-west-1:111122223333:flow/${name}`,
    status: "active",
    definition: {
      name,
      trigger: { type: "on-demand" },
      source: { connector: "S3", settings: { bucketName: "src-bkt" } },
      destinations: [{ connector: "S3", settings: { bucketName: "dst-bkt" } }],
      tasks: [{ type: "map-all", index: 0, exclude: [] }],
    },
    request: { flowName: name, tasks: [{ taskType: "Map_all", sourceFields: [] }] },
    schemaVersion: 1,
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    createdBy: "arn:aws:iam::111122223333:user/ops",
    updatedBy: "arn:aws:iam::111122223333:user/ops",
    tags: {},
    version: 1,
    ...changes,
  };
}

/** A run as StartFlow opens it. */
export function sampleRun(flow: string, id: string, changes: Partial<Run> = {}): Run {
  return { ...newRun(sampleFlow(flow), id, 1_700_000_000_000), ...changes };
}

/** The same run at its end. */
export function ended(run: Run, changes: Partial<Run> = {}): Run {
  return { ...run, state: "published", endedAt: run.startedAt + 1000, version: run.version + 1, ...changes };
}

/** Ends the flow's newest run, as if somebody had carried it out. */
export async function endNewest(runs: RunStore, flow: string, changes: Partial<Run> = {}): Promise<void> {
  const [newest] = await runs.list(flow, 1);
  const run = ended(newest!, changes);
  const position = released(await runs.position(flow), run);
  if (!(await runs.write({ run, position: position! }))) throw new Error(`run ${run.id} cannot be ended`);
}

/** Something to tell: the end of a run. */
export function sampleEvent(id: string, at: number): FlowEvent {
  const before = sampleRun("flow", "r1", { state: "committed" });
  return { ...eventsOf(before, ended(before))[0]!, id, at };
}
