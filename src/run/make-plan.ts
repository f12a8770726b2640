import { discoverFields } from "../engine/discover-fields.ts";
import { splitSource } from "../engine/split-source.ts";
import type { Flow } from "../flow/flow.ts";
import { outputPrefix } from "../plan/output-layout.ts";
import { needsDiscovery, planRun } from "../plan/plan-run.ts";
import type { DiscoveredFields, RunPlan } from "../plan/run-plan.ts";
import type { ReadableSource, Session, WrittenPlace } from "../sdk/connector.ts";
import { errorHandlingOf } from "../sdk/error-handling.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { stowList } from "../store/stowed-list.ts";
import { compileTasks } from "../tasks/compile-tasks.ts";
import { filtersOf } from "../tasks/filters-of.ts";
import { connectSource } from "./connect-source.ts";
import { deliveredOf } from "./delivered.ts";
import { planIncrement } from "./plan-increment.ts";
import { redrivenFlow } from "./redriven-flow.ts";
import type { Position } from "./position.ts";
import type { Run } from "./run.ts";
import { readsInbox, sourceOfRun } from "./source-of-run.ts";
import type { SourcePorts } from "./source-of-run.ts";
import { piecesPlaceOf, stowOf } from "./staging.ts";
import { fileDestination } from "./usable-ends.ts";

/** A flow whose destination could lose what a run has decided on. */
export class UnsafeBucket extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnsafeBucket";
  }
}

export interface PlanPorts extends SourcePorts {
  readonly objects: ObjectStore;
  readonly stagingBucket: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is stored that a plan is made of. */
export interface PlanBasis {
  /** As it is defined now. */
  readonly flow: Flow;
  readonly position: Position | undefined;
  /** The run whose rejected records are sent again, if it is there. */
  readonly rejecting: Run | undefined;
}

/**
 * Plans a run. Whatever it fails with is the run's failure, so it asks the stores of runs and flows for nothing: that one
 * of them fails is nothing that a run could fail with.
 */
export async function makePlan(run: Run, basis: PlanBasis, ports: PlanPorts, signal: AbortSignal): Promise<RunPlan> {
  const { flow: defined, position, rejecting } = basis;
  const redriven = redrivenFlow(defined, run, rejecting, ports.stagingBucket);
  const { flow } = redriven ?? { flow: readsInbox(run) ? withoutProfile(defined) : defined };
  const targets = flow.definition.destinations.map(({ connector, settings }) =>
    fileDestination(ports.connectors, connector).files(settings),
  );
  const errorHandling = flow.definition.destinations.map(({ connector, settings }) =>
    errorHandlingOf(ports.connectors.get(connector)?.destination, settings),
  );
  const places = [...targets, ...errorHandling.flatMap(({ location }) => location ?? [])];
  const written = places.map(({ bucket, prefix }) => ({ bucket, prefix: outputPrefix(prefix, flow.name) }));
  await checkUploadDays(written, ports.objects);
  const { connector: type, settings: declared } = flow.definition.source;
  const source = sourceOfRun(run, type, ports);
  const settings = source.excluding?.(declared, written) ?? declared;
  const session = {
    objects: ports.objects,
    connection: await connectSource(run, flow.definition.source, ports, { signal }),
    signal,
  };
  const increment = await planIncrement(run, flow, { position, now: ports.now, source, settings, session });
  const { tasks } = flow.definition;
  const { reads } = compileTasks(tasks);
  const query = { settings, fields: reads, window: increment?.window, filters: filtersOf(tasks) };
  const io = { source, ...session };
  const slices = await splitSource(query, { ...io, delivered: await deliveredOf(run, increment?.delivered, ports) });
  const discovered = needsDiscovery(tasks, targets)
    ? (redriven?.fields ?? (await toldFields(source, settings, session)) ?? (await discoverFields(query, slices, io)))
    : undefined;
  return planRun({
    flow,
    settings,
    targets,
    errorHandling,
    runId: run.id,
    startedAt: run.startedAt,
    discovered,
    slices: await stowList(slices, stowOf(run, ports.stagingBucket, ports.objects)),
    pieces: slices.length > 1 ? piecesPlaceOf(run, ports.stagingBucket) : undefined,
    increment,
  });
}

/** What waits in the inbox is read through no connection. */
function withoutProfile(flow: Flow): Flow {
  const { profile: _, ...source } = flow.definition.source;
  return { ...flow, definition: { ...flow.definition, source } };
}

async function toldFields(
  source: ReadableSource,
  settings: JsonObject,
  session: Session,
): Promise<DiscoveredFields | undefined> {
  const fields = await source.fields?.(session, settings);
  return fields === undefined ? undefined : { fields };
}

/** A run may take a day, and its publishing three, and somebody may have to help. */
const MIN_UPLOAD_DAYS = 7;

/** A bucket that throws uploads away while their run is being published loses records. */
async function checkUploadDays(places: readonly WrittenPlace[], objects: ObjectStore): Promise<void> {
  for (const { bucket, prefix } of places) {
    const days = await objects.uploadDays(bucket, prefix);
    if (days === undefined || days >= MIN_UPLOAD_DAYS) continue;
    throw new UnsafeBucket(
      `A lifecycle rule of the bucket \`${bucket}\` aborts incomplete uploads under \`${prefix}\` after ${days} days. ` +
        `Set it to ${MIN_UPLOAD_DAYS} or more, because records could get lost while they are published.`,
    );
  }
}
