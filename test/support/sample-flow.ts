import type { Flow } from "../../src/flow/flow.ts";
import type { Run } from "../../src/run/run.ts";

/** A flow as CreateFlow stores it. */
export function sampleFlow(name: string, changes: Partial<Flow> = {}): Flow {
  return {
    name,
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
  return {
    id,
    flow,
    status: "in-progress",
    trigger: "on-demand",
    startedAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    counts: {
      read: 0,
      filtered: 0,
      rejected: 0,
      dataErrors: 0,
      bytesRead: 0,
      destinations: [{ written: 0, rejected: 0, bytesWritten: 0 }],
    },
    objects: [],
    version: 1,
    ...changes,
  };
}

/** The same run at its end. */
export function ended(run: Run, changes: Partial<Run> = {}): Run {
  return { ...run, status: "successful", endedAt: run.startedAt + 1000, version: run.version + 1, ...changes };
}
