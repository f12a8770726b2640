import { createHash } from "node:crypto";
import { findMember, member } from "../batch/json-member.ts";
import { PartUpload } from "../engine/part-upload.ts";
import type { Flow } from "../flow/flow.ts";
import { claimRun } from "./claim-run.ts";
import { executeRun } from "./execute-run.ts";
import type { ExecutePorts, RunControl } from "./execute-run.ts";
import { eachLine } from "./each-line.ts";
import type { FlowRun } from "./flow-run.ts";
import { publishSet } from "./publish-set.ts";
import type { ListPorts, PublicFile } from "./publish-set.ts";
import { redriveRunId } from "./run-id.ts";
import type { Redrive, Run } from "./run.ts";
import { redrivePlace } from "./staging.ts";

/*
 * Sends the rejected records of a run again: by runs of their own, whose source is what this module puts into the staging
 * bucket. Records that could not be decoded, or had no version, go through the whole flow; those that a destination did not
 * take have been through it, and go to that destination alone.
 */

/** A line of a file of rejected records (ErrorWriter), with the destination that did not take the record. */
export type RejectedLines = () => AsyncIterable<Buffer>;

/** What a run rejected, line by line: what could not be decoded once, though each destination was told of it. */
export async function* rejectedLines(run: Run, ports: ListPorts): AsyncGenerator<Buffer> {
  const files: PublicFile[] = [];
  for await (const file of publishSet(run, ports)) if (file.kind === "error") files.push(file);
  const first = Math.min(...files.map(({ destination }) => destination));
  for (const { destination, upload } of files) {
    for await (const line of eachLine(ports.objects.read(upload.bucket, upload.key))) {
      if (findMember(line, 0, RECORD))
        yield Buffer.concat([Buffer.from(`{"destination":${destination},`), line.subarray(1)]);
      else if (destination === first) yield line;
    }
  }
}

const RECORD = Buffer.from("record");
const LINE_END = Buffer.from("\n");

/** A line that cannot be sent again as it is. */
export interface UnsendableLine {
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

export interface RejectedRecords {
  /** By the destination that is to get them; undefined for the whole flow. */
  readonly groups: readonly RecordGroup[];
  readonly unsendable: readonly UnsendableLine[];
}

export interface RecordGroup extends Omit<Redrive, "of"> {
  readonly records: number;
}

/** What there is to send in the lines: reads them once, and keeps none. */
export async function surveyLines(flow: Flow, lines: RejectedLines): Promise<RejectedRecords> {
  const destinations = flow.definition.destinations.length;
  const groups = new Map<number | undefined, { readonly hash: ReturnType<typeof createHash>; records: number }>();
  const unsendable: UnsendableLine[] = [];
  let number = 0;
  for await (const line of lines()) {
    number++;
    const read = readLine(line, destinations);
    if ("problem" in read) {
      unsendable.push({ line: number, problem: read.problem });
      continue;
    }
    const group = groups.get(read.destination) ?? { hash: createHash("sha256"), records: 0 };
    groups.set(read.destination, group);
    group.hash.update(read.record).update(LINE_END);
    group.records++;
  }
  return {
    unsendable,
    groups: [...groups].map(([destination, { hash, records }]) => ({
      ...(destination !== undefined && { destination }),
      sha256: hash.digest("hex"),
      records,
    })),
  };
}

type ReadLine =
  | { readonly destination: number | undefined; readonly record: Uint8Array }
  | { readonly problem: string };

/** The record keeps its text: parsing it would round its numbers. */
function readLine(line: Buffer, destinations: number): ReadLine {
  const parsed = parseObject(line.toString());
  if (parsed === undefined) return { problem: "is not a JSON object" };
  const { destination, raw } = parsed;
  if (destination !== undefined && !isPlaceIn(destination, destinations)) {
    return {
      problem: `\`destination\` is ${JSON.stringify(destination)}: the flow has ${destinations}, counted from 0`,
    };
  }
  if (parsed["record"] !== undefined) {
    findMember(line, 0, RECORD);
    const record = line.subarray(member.start, member.end);
    return line[member.start] === OPEN_BRACE ? { destination, record } : { problem: "`record` is not a JSON object" };
  }
  if (typeof raw !== "string")
    return { problem: "has no `record`: add what the source should have given, as an object" };
  if (parsed["rawTruncated"] === true || parseObject(raw) === undefined) {
    return { problem: "`raw` is not a whole JSON object: mend it, or add `record`" };
  }
  return { destination, record: Buffer.from(raw) };
}

const OPEN_BRACE = 0x7b;

function isPlaceIn(value: unknown, count: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < count;
}

interface LineMembers {
  readonly destination?: unknown;
  readonly raw?: unknown;
  readonly record?: unknown;
  readonly rawTruncated?: unknown;
}

function parseObject(text: string): LineMembers | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Sends one group of the lines that were surveyed, by a run of its own, which leaves where the flow stands as it is. The same
 * records of the same run are sent once, unless what the flow does has changed, or the run that sent them had no effect.
 */
export async function redriveGroup(
  flow: Flow,
  { of, group, lines }: { readonly of: Run; readonly group: RecordGroup; readonly lines: RejectedLines },
  ports: ExecutePorts,
  control: RunControl,
): Promise<FlowRun> {
  const { destination, sha256 } = group;
  const redrive: Redrive = { of: of.id, sha256, ...(destination !== undefined && { destination }) };
  for (let use = 0; ; use++) {
    const id = redriveRunId(flow, redrive, use);
    if ((await ports.runs.get(flow.name, id)) === undefined) await stage(flow, id, { redrive, lines }, ports);
    const claimed = await claimRun(flow, id, ports, { redrive });
    if (claimed.state === "busy" || claimed.state === "gone") return claimed;
    // Only runs of scheduled times are repeated.
    if (claimed.state === "repeated" || claimed.run.state === "aborted") continue;
    const before = claimed.run.state === "published";
    return { state: "carried", before, run: before ? claimed.run : await executeRun(flow.name, id, ports, control) };
  }
}

/** Puts the group's records where the run reads them. Repeatable; fails when the lines are not those that were surveyed. */
async function stage(
  flow: Flow,
  runId: string,
  { redrive, lines }: { readonly redrive: Redrive; readonly lines: RejectedLines },
  { objects, stagingBucket }: ExecutePorts,
): Promise<void> {
  const { bucket, key } = redrivePlace(flow.name, runId, stagingBucket);
  const upload = new PartUpload(objects, await objects.createUpload(bucket, key, { contentType: "application/json" }));
  const hash = createHash("sha256");
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  const send = async () => {
    const part = Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
    await upload.add(part);
  };
  try {
    for await (const line of lines()) {
      const read = readLine(line, flow.definition.destinations.length);
      if ("problem" in read || read.destination !== redrive.destination) continue;
      hash.update(read.record).update(LINE_END);
      waiting.push(read.record, LINE_END);
      bytes += read.record.length + 1;
      if (bytes >= upload.partBytes) await send();
    }
    if (bytes > 0) await send();
    const parts = await upload.settle();
    if (hash.digest("hex") !== redrive.sha256)
      throw new Error("The rejected records have changed while they were read.");
    await objects.completeUpload(upload.upload, parts);
  } catch (error) {
    await Promise.allSettled([upload.abort()]);
    throw error;
  }
}
