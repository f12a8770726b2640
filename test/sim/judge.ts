import { receiptKey } from "../../src/plan/output-layout.ts";
import type { FlowEvent } from "../../src/flow/flow-event.ts";
import { statusOf } from "../../src/run/run.ts";
import type { Run } from "../../src/run/run.ts";
import { hasEnded, isDecided } from "../../src/run/transitions.ts";
import { ApiError } from "../../src/api/problems.ts";
import type { SeenObject } from "./buckets.ts";
import { kindOf, runOf, runOfKey } from "./observer.ts";
import type { Scenario, SimRecord } from "./scenario.ts";
import { idsIn } from "./ids-in.ts";
import { isInside, timeOf } from "./source.ts";
import { BUCKETS, FLOW, STAGING } from "./names.ts";
import { isApart } from "./is-apart.ts";
import { isInjected } from "./world.ts";
import type { World } from "./world.ts";

/**
 * What is wrong when all is over, for somebody who knows the source and sees the buckets, the runs and the answers:
 * records that are lost, doubled or half there, runs that do not end, uploads that stay behind, runs of which nobody was
 * told, or something else. Undefined: nothing.
 */
export function judge(world: World): string | undefined {
  for (const look of [
    failures,
    defects,
    unfinished,
    leftovers,
    cancelled,
    receipts,
    contents,
    deliveries,
    repeats,
    untold,
    invented,
  ]) {
    const wrong = look(world);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Only stores and callers fail a process. */
function failures({ scheduler }: World): string | undefined {
  const failed = scheduler.processes.find(
    ({ state, failure }) => state === "failed" && !isInjected(failure) && !(failure instanceof ApiError),
  );
  return failed && `${failed.name} failed: ${String(failed.failure)}`;
}

/** Nothing that can go wrong here is a defect of the engine; a flow that is there was not deleted. */
function defects(world: World): string | undefined {
  const flowId = world.flows.get(FLOW)!.id;
  const isDefect = ({ failure, ...run }: Run) => {
    if (failure === "internal") return true;
    if (run.flowId !== flowId) return false;
    return failure === "configuration" || (failure === "canceled" && world.cancellers === 0);
  };
  const run = allRuns(world).find(isDefect);
  return run && `${world.shortId(run.id)} failed without need: ${run.message}`;
}

function unfinished(world: World): string | undefined {
  const [run] = world.tables.unfinished();
  if (run !== undefined) return `${world.shortId(run.id)} stays ${run.state}: ${run.blocked ?? "nobody ends it"}`;
  const position = world.tables.position(FLOW);
  const flowId = world.flows.get(FLOW)!.id;
  if (position?.active === undefined || position.flowId !== flowId) return undefined;
  return `the flow is held by ${world.shortId(position.active)} for ever`;
}

/** Of a run that was forgotten with its flow nobody knows any more where to look. */
function leftovers(world: World): string | undefined {
  const isKnown = (key: string) => world.tables.get(FLOW, runOfKey(world, key)?.id ?? "") !== undefined;
  const open = [...BUCKETS, STAGING].flatMap((bucket) => world.buckets.openUploads(bucket));
  const upload = open.find(({ key }) => isKnown(key));
  if (upload !== undefined) return `the upload ${upload.uploadId} of ${upload.key} is left behind`;
  const piece = world.buckets.keys(STAGING).find((key) => key.includes("/pieces/") && isKnown(key));
  return piece && `the piece ${piece} is left behind`;
}

function cancelled(world: World): string | undefined {
  for (const id of world.cancelled) {
    if (seenOf(world, id, "data").length > 0) return `${world.shortId(id)} was cancelled, and its data is visible`;
    if (isCounted(runOf(world, id)!)) return `${world.shortId(id)} was cancelled, and counts`;
  }
  return undefined;
}

/** A run has a receipt when it counts, and then it names what is visible, and nothing else. */
function receipts(world: World): string | undefined {
  for (const run of storedRuns(world)) {
    const name = world.shortId(run.id);
    const buckets = BUCKETS.slice(0, world.scenario.destinations);
    const bodies = buckets.map((bucket) => world.buckets.object(bucket, receiptKey(FLOW, run.id))?.body);
    if (!isCounted(run)) {
      if (bodies.some((body) => body !== undefined)) return `${name} has a receipt, and no effect`;
      continue;
    }
    const visible = [...seenOf(world, run.id, "data"), ...seenOf(world, run.id, "error")];
    for (const body of bodies) {
      if (body === undefined) return `${name} has no receipt`;
      const { objects } = JSON.parse(body.toString()) as Receipt;
      if (placesOf(objects) !== placesOf(visible)) return `the receipt of ${name} does not name what is visible`;
    }
  }
  return undefined;
}

interface Receipt {
  readonly objects: readonly { readonly bucket: string; readonly key: string }[];
}

function placesOf(objects: Receipt["objects"]): string {
  return objects
    .map(({ bucket, key }) => `${bucket}/${key}`)
    .sort()
    .join("\n");
}

/** Every run holds what its plan says, and says how much that is. */
function contents(world: World): string | undefined {
  for (const run of allRuns(world)) {
    const wrong = isCounted(run) ? contentOf(world, run) : abortedContent(world, run);
    if (wrong !== undefined) return `${world.shortId(run.id)}: ${wrong}`;
  }
  return undefined;
}

function contentOf(world: World, run: Run): string | undefined {
  const { counts } = run;
  const wanted = recordsOfRun(world, run);
  const canMiss = (record: SimRecord) => mayMiss(record, run, world);
  for (const [destination, { written, rejected }] of counts.destinations.entries()) {
    if (counts.read !== counts.filtered + counts.rejected + written + rejected) return "its books do not balance";
    const data = idsOf(world, run.id, "data", destination);
    const errors = idsOf(world, run.id, "error", destination);
    if (data.length !== written) return `${data.length} records are in its data, and it counts ${written}`;
    // What could not be decoded is in the first destination's error file.
    const told = destination === 0 ? counts.rejected + rejected : rejected;
    if (errors.length !== told) return `${errors.length} records are in its error files, and it counts ${told}`;
    const wrong =
      differenceOf("data", data, wanted.filter(isOf("good")), canMiss) ??
      (destination === 0 ? differenceOf("error files", errors, wanted.filter(isOf("bad")), canMiss) : undefined);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Each record once, but for those that the run may have missed. */
function differenceOf(
  place: string,
  ids: readonly number[],
  wanted: readonly SimRecord[],
  canMiss: (record: SimRecord) => boolean,
): string | undefined {
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) return `record ${twice} is in its ${place} twice`;
  const strange = ids.find((id) => !wanted.some((record) => record.id === id));
  if (strange !== undefined) return `record ${strange} is in its ${place}, where it does not belong`;
  const missing = wanted.find((record) => !ids.includes(record.id) && !canMiss(record));
  return missing && `record ${missing.id} is not in its ${place}`;
}

function isOf(kind: SimRecord["kind"]): (record: SimRecord) => boolean {
  return (record) => record.kind === kind;
}

/** The records that the run's window holds; of edited ones, every version. */
function recordsOfRun(world: World, { plan, redrive }: Run): readonly SimRecord[] {
  const { scenario } = world;
  if (redrive !== undefined) {
    // Somebody has corrected what the other run rejected.
    const rejected = idsOf(world, redrive.of, "error", 0);
    return scenario.records.filter(({ id }) => rejected.includes(id)).map((record) => ({ ...record, kind: "good" }));
  }
  return scenario.records.filter((record) => isInside(record, plan!.window));
}

/** Whether a run may leave out a record of its window: it was not there, or an earlier one has delivered it. */
function mayMiss(record: SimRecord, { id, plan }: Run, { scenario, thereAtClaim }: World): boolean {
  const { window } = plan!;
  if (window === undefined) return false;
  const isDelivered = !window.apart && timeOf(record) <= window.since;
  // Windows of a flow end where everything has turned up that is not late.
  const isAwaited = !window.apart && (record.late ?? 0) < scenario.lag - scenario.clockAhead;
  return isDelivered || mayNeverCome(record, scenario) || !(isAwaited || thereAtClaim.get(id)!.has(record.id));
}

/** Nobody may have seen a version before it was overwritten, or deleted. */
function mayNeverCome({ id, goneAfter }: SimRecord, { records }: Scenario): boolean {
  return goneAfter !== undefined || records.some(({ replaces }) => replaces === id);
}

/** What it rejected, and registered, becomes visible all the same, up to what it failed with. */
function abortedContent(world: World, run: Run): string | undefined {
  if (seenOf(world, run.id, "data").length > 0) return "it has no effect, and its data is visible";
  const all = world.tables.segments(FLOW, run.id);
  const failed = all.findIndex(({ end }) => end.type === "failed");
  const segments = failed < 0 ? all : all.slice(0, failed + 1);
  const files = segments.flatMap((segment) => ("list" in segment.files ? segment.files.list : []));
  const missing = files.find(({ kind, upload }) => {
    return kind === "error" && world.buckets.uploads.get(upload.uploadId)?.state !== "completed";
  });
  return missing && `its error file ${missing.upload.key} is lost`;
}

/** Over all runs of the flow as it is now, every record was delivered once. */
function deliveries(world: World): string | undefined {
  if (!world.scenario.incremental) return undefined;
  const flowId = world.flows.get(FLOW)!.id;
  const counted = allRuns(world).filter((run) => isCounted(run) && run.flowId === flowId && !isApart(run));
  for (const record of world.scenario.records) {
    const { id, kind } = record;
    if (kind === "filtered") continue;
    const place = kind === "good" ? "data" : "error";
    const times = counted.flatMap((run) => idsOf(world, run.id, place, 0)).filter((each) => each === id).length;
    if (times === 0 && mayNeverCome(record, world.scenario)) continue;
    if (times !== 1) return `record ${id} was delivered ${times} times`;
  }
  return undefined;
}

/** What one run rejected is sent again once, and so is a time read. */
function repeats(world: World): string | undefined {
  const flowId = world.flows.get(FLOW)!.id;
  const counted = allRuns(world).filter((run) => isCounted(run) && run.flowId === flowId && isApart(run));
  const whats = counted.map(({ range, redrive }) => JSON.stringify([range, redrive]));
  const twice = whats.find((what, i) => whats.indexOf(what) < i);
  return twice && `${twice} was carried out twice`;
}

/** Of every run that was decided people were told its start and its end. */
function untold(world: World): string | undefined {
  const told = new Set(world.told.map(({ id }) => id));
  for (const { id } of allRuns(world).filter(isDecided)) {
    const missing = ["started", "ended"].find((what) => !told.has(`${id}/${what}`));
    if (missing !== undefined) return `nobody was told that ${world.shortId(id)} has ${missing}`;
  }
  const [waiting] = world.tables.events();
  return waiting && `${waiting.id} was never told`;
}

/** What people were told has happened when it was written, and is what happened. */
function invented(world: World): string | undefined {
  const [early] = world.toldForNothing;
  if (early !== undefined) return `${early.id} was to be told before it happened`;
  const runs = new Map(allRuns(world).map((run) => [run.id, run]));
  const wrong = world.told.find((event) => "run" in event && !isTrue(event, runs.get(event.run)));
  return wrong && `${wrong.id} was told, and is not what happened`;
}

function isTrue(event: FlowEvent, run: Run | undefined): boolean {
  if (run === undefined) return false;
  if (event.type !== "run-ended") return true;
  if (hasEnded(run) && event.read !== run.counts.read) return false;
  // A run of a flow that was deleted is forgotten as it was before its end.
  return event.outcome === (isCounted(run) ? "successful" : statusOf({ ...run, state: "aborted" }));
}

function storedRuns({ tables }: World): readonly Run[] {
  return tables.runs(FLOW);
}

/** Those, too, of which nothing is left. */
function allRuns(world: World): readonly Run[] {
  return [...storedRuns(world), ...[...world.tables.forgotten.values()].map(({ run }) => run)];
}

function isCounted({ state }: Run): boolean {
  return state === "committed" || state === "published";
}

function seenOf(world: World, runId: string, kind: "data" | "error"): readonly SeenObject[] {
  const isSeen = ({ bucket, key }: SeenObject) => bucket !== STAGING && key.includes(runId) && kindOf(key) === kind;
  return world.buckets.seen.filter(isSeen);
}

function idsOf(world: World, runId: string, kind: "data" | "error", destination: number): readonly number[] {
  const objects = seenOf(world, runId, kind).filter(({ bucket }) => bucket === BUCKETS[destination]);
  return objects.flatMap(({ body }) => idsIn(body));
}
