import { discoverFields } from "../engine/discover-fields.ts";
import type { EngineIo } from "../engine/engine-io.ts";
import { RunCancelled } from "../engine/run-failure.ts";
import { runPartition } from "../engine/run-partition.ts";
import type { PartitionOutcome } from "../engine/run-partition.ts";
import type { FlowStore } from "../flow/flow-store.ts";
import { errorObjectKey, objectKey, outputPrefix } from "../plan/output-layout.ts";
import { needsDiscovery, planRun } from "../plan/plan-run.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import type { Connector } from "../sdk/connector.ts";
import type { JsonObject } from "../sdk/json.ts";
import { failureKind } from "./failure-kind.ts";
import { clearStaging, publishRun, stagingPrefix } from "./publish-run.ts";
import type { PublishPorts } from "./publish-run.ts";
import { abortUploads } from "./run-state.ts";
import type { Decision, RunState } from "./run-state.ts";
import type { Run } from "./run.ts";
import { fileDestination, readableSource } from "./usable-ends.ts";

const MS_BETWEEN_SAVES = 500;

export interface ExecutePorts extends PublishPorts {
  readonly flows: FlowStore;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly openScratch: EngineIo["openScratch"];
  /** A bucket of our own for what waits while a run is stopped. */
  readonly stagingBucket: string;
}

export interface RunControl {
  /** Aborted to cancel the run. */
  readonly signal: AbortSignal;
  /** True when this process has to let go of the run; it is then left as it stands, for another call to go on with. */
  readonly shouldStop: () => boolean;
  /** Called after every batch, with all counts so far. */
  progress?(counts: RunCounts): void;
}

/**
 * Carries a run on: from the start, from its checkpoint, or through the publishing of what is decided. Answers with the
 * run as it then stands: ended, or still in progress when it had to stop. A run that fails is a run that ends with
 * status `error`; only failures of the stores come out as exceptions. At most one call per run at a time.
 */
export async function executeRun(
  flowName: string,
  runId: string,
  ports: ExecutePorts,
  control: RunControl,
): Promise<Run> {
  const run = await ports.runs.get(flowName, runId);
  if (run === undefined) throw new Error(`There is no run ${runId} of flow ${flowName}.`);
  if (run.endedAt !== undefined) return run;
  if (run.status === "publishing") return publishRun(run, ports);
  const { outcome, state } = await move(run, ports, control);
  if (outcome.state === "stopped") {
    return save(ports, run, ({ status }) => ({
      ...run,
      status,
      checkpoint: asJson({ ...state, stopped: outcome.checkpoint }),
      counts: outcome.checkpoint.counts,
    }));
  }
  const decided = await save(ports, run, ({ status }) => {
    const ended = status === "cancel-started" ? cancelled(outcome) : outcome;
    const decision = decide(ended);
    const message = messageOf(ended, decision);
    return {
      ...run,
      status: "publishing",
      counts: ended.counts,
      ...(decision.status === "error" && { failure: ended.state === "failed" ? failureKind(ended.error) : "data" }),
      checkpoint: asJson({ ...state, decision }),
      ...(message !== undefined && { message }),
    };
  });
  if ((decided.checkpoint as RunState).decision!.status === "canceled") await abandonFiles(outcome, ports);
  return publishRun(decided, ports);
}

/** A run that was cancelled before it was decided ends as cancelled, however far it has come. */
function cancelled({ counts }: EndedOutcome): EndedOutcome {
  return { state: "failed", error: new RunCancelled(), counts, outputs: [] };
}

/** What was written for a run that shows nothing is thrown away, so far as the store lets it. */
async function abandonFiles({ outputs }: EndedOutcome, { objects }: ExecutePorts): Promise<void> {
  const files = outputs.flatMap(({ data, errors }) => [...data, ...errors]);
  for (const { upload } of files) await Promise.allSettled([objects.abortUpload(upload)]);
}

type EndedOutcome = Exclude<PartitionOutcome, { state: "stopped" }>;

/** Everything between the start and the decision. Whatever goes wrong in it is the run's failure. */
async function move(
  run: Run,
  ports: ExecutePorts,
  control: RunControl,
): Promise<{ outcome: PartitionOutcome; state: RunState }> {
  let state = (run.checkpoint ?? {}) as RunState;
  try {
    if (run.status === "cancel-started") throw new RunCancelled();
    const plan = state.plan ?? (await makePlan(run, ports, control.signal));
    const source = readableSource(ports.connectors, plan.source.connector);
    state = { ...state, plan };
    const io: EngineIo = {
      source,
      objects: ports.objects,
      signal: control.signal,
      shouldStop: control.shouldStop,
      progress: liveProgress(run, ports, control),
      openScratch: ports.openScratch,
      // A version's own folder: a crash before the next checkpoint is saved leaves what the last one names as it is.
      staging: { bucket: ports.stagingBucket, prefix: `${stagingPrefix(run)}${run.version}/` },
      dataKey: (plan, output, partition, sequence) =>
        objectKey(plan.outputs[output]!.target, { ...keyParts(plan, output), partition, sequence: sequence + 1 }),
      errorKey: (plan, output) => errorObjectKey(plan.outputs[output]!.errors!, keyParts(plan, output)),
    };
    return { outcome: await runPartition(plan, state.stopped, io), state };
  } catch (error) {
    await abortUploads(state, ports.objects);
    const reason = control.signal.aborted ? new RunCancelled() : error;
    return { outcome: { state: "failed", error: reason, counts: run.counts, outputs: [] }, state };
  }
}

function keyParts({ flow, runId, schemaVersion, startedAt }: RunPlan, output: number) {
  return { flow, runId, schemaVersion, startedAt, output };
}

/** Shows the counts to whoever asks for the run, a few times per second at most. */
function liveProgress(run: Run, ports: ExecutePorts, control: RunControl): EngineIo["progress"] {
  let shownAt = ports.now();
  return async (counts) => {
    control.progress?.(counts);
    const now = ports.now();
    if (now - shownAt < MS_BETWEEN_SAVES) return;
    shownAt = now;
    const current = await ports.runs.get(run.flow, run.id);
    // Its flow was deleted, and the run with it: nothing of it is to last.
    if (current === undefined || current.status === "cancel-started") throw new RunCancelled();
    // Losing to another write is fine: the next one shows more.
    await ports.runs.update({ ...current, counts, updatedAt: now, version: current.version + 1 });
  };
}

async function makePlan(run: Run, ports: ExecutePorts, signal: AbortSignal): Promise<RunPlan> {
  const flow = await ports.flows.get(run.flow);
  if (flow === undefined) throw new Error(`Flow ${run.flow} was deleted.`);
  const targets = flow.definition.destinations.map(({ connector, settings }) =>
    fileDestination(ports.connectors, connector).files(settings),
  );
  const { connector: type, settings: declared } = flow.definition.source;
  const source = readableSource(ports.connectors, type);
  const written = targets.map(({ bucket, prefix }) => ({ bucket, prefix: outputPrefix(prefix, flow.name) }));
  const settings = source.excluding?.(declared, written) ?? declared;
  const io = { source, objects: ports.objects, signal };
  const discovered = needsDiscovery(flow.definition.tasks, targets)
    ? await discoverFields({ settings }, io)
    : undefined;
  return planRun({ flow, settings, targets, runId: run.id, startedAt: run.startedAt, discovered });
}

/** A run in which every record was rejected has failed, even though nothing broke. */
function decide(outcome: EndedOutcome): Decision {
  const files = outcome.outputs.flatMap(({ data, errors }, destination) => [
    ...data.map((file) => ({ ...file, kind: "data" as const, destination })),
    ...errors.map((file) => ({ ...file, kind: "error" as const, destination })),
  ]);
  if (outcome.state === "done") return { status: everythingRejected(outcome.counts) ? "error" : "successful", files };
  return { status: outcome.error instanceof RunCancelled ? "canceled" : "error", files };
}

function everythingRejected({ read, filtered, rejected, destinations }: RunCounts): boolean {
  return destinations.every((destination) => read > filtered && rejected + destination.rejected === read - filtered);
}

function messageOf(outcome: EndedOutcome, decision: Decision): string | undefined {
  if (outcome.state === "failed") return outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
  if (decision.status === "error") return "Every record was rejected. The error files say why, record by record.";
  const { dataErrors } = outcome.counts;
  return dataErrors === 0 ? undefined : `${dataErrors} values could not be computed and became null.`;
}

/**
 * Writes the run's next version, made from what is stored. Nobody else writes a run that is carried out, but for the wish
 * to cancel it, which is not to get lost. Of a run that was deleted nothing is left.
 */
async function save(ports: ExecutePorts, run: Run, change: (stored: Run) => Run): Promise<Run> {
  for (;;) {
    const stored = await ports.runs.get(run.flow, run.id);
    if (stored === undefined) return forget(change(run), ports);
    if (stored.status === "publishing" || stored.endedAt !== undefined) {
      throw new Error(`Run ${run.id} of flow ${run.flow} was decided by somebody else.`);
    }
    const next = { ...change(stored), updatedAt: ports.now(), version: stored.version + 1 };
    if (await ports.runs.update(next)) return next;
  }
}

async function forget(run: Run, ports: ExecutePorts): Promise<never> {
  await abortUploads(run.checkpoint as RunState, ports.objects);
  await clearStaging(run, ports.stagingBucket, ports.objects);
  throw new Error(`Run ${run.id} of flow ${run.flow} was deleted while it was carried out.`);
}

function asJson(state: RunState): JsonObject {
  return state as unknown as JsonObject;
}
