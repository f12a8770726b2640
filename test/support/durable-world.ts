import { createEmbeddedRuns } from "../../src/adapters/durable/embedded-runs.ts";
import { SqliteExecutions } from "../../src/adapters/durable/sqlite-executions.ts";
import { claimRun } from "../../src/run/claim-run.ts";
import type { RunName } from "../../src/run/run-steps.ts";
import type { Run } from "../../src/run/run.ts";
import type { Attempt } from "../../src/run/segment.ts";
import type { WorkControl } from "../../src/run/work-slice.ts";
import { RunWorld } from "./run-world.ts";
import type { MemoryObjectStore } from "./memory-object-store.ts";

/** Every object of these sizes is a slice. */
export const SIZES = { sliceBytes: 1, wholeBytes: 1e6, objectBytes: 1 };

/** A run world with so many objects, each of which is a slice, and executions in memory. */
export async function worldOf(slices: number, objects?: MemoryObjectStore): Promise<RunWorld> {
  const world = new RunWorld({
    sizes: SIZES,
    from: { s3InputFormatConfig: { s3InputFileType: "CSV" } },
    ...(objects !== undefined && { objects }),
  });
  for (let i = 0; i < slices; i++) {
    const number = String(i).padStart(4, "0");
    await world.objects.put("in", `${number}.csv`, Buffer.from(`id,text\n${number},"Ü ""${i}"""\n`));
  }
  await world.ports.flows.create(world.flow);
  await claimRun(world.flow, "run", world.ports);
  return world;
}

export interface EmbeddedOptions {
  readonly width?: number;
  readonly executions?: SqliteExecutions;
  readonly control?: Partial<WorkControl>;
  readonly report?: (run: RunName) => Promise<void>;
  readonly ports?: Partial<RunWorld["ports"]>;
}

/** Carries out the run `run` as an execution of this process, and answers with what it is by then. */
export async function carryOut(world: RunWorld, options: EmbeddedOptions = {}): Promise<Run> {
  const { width = 4, executions = new SqliteExecutions(":memory:", () => world.now) } = options;
  const { report = () => Promise.resolve() } = options;
  const ports = { ...world.ports, ...options.ports };
  const control = { signal: new AbortController().signal, shouldStop: () => false, ...options.control };
  await createEmbeddedRuns({ ports, executions, width, report })("flow", "run", control);
  return (await world.ports.runs.get("flow", "run"))!;
}

export async function attemptsOf(world: RunWorld): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for await (const attempt of world.ports.runs.attempts("flow", "run")) attempts.push(attempt);
  return attempts;
}
