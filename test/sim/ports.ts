import { type Connect, refuseProfiles } from "../../src/connection/open-connection.ts";
import type { Alarm } from "../../src/flow/alarm.ts";
import type { FlowStore } from "../../src/flow/flow-store.ts";
import type { EventSink } from "../../src/run/deliver-events.ts";
import type { EventOutbox } from "../../src/run/event-outbox.ts";
import type { Orchestrator } from "../../src/run/orchestrator.ts";
import type { Inbox } from "../../src/run/inbox.ts";
import type { RunChange, RunStore } from "../../src/run/run-store.ts";
import type { Connector } from "../../src/sdk/connector.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { ObjectStore, Upload, UploadedPart } from "../../src/sdk/object-store.ts";
import { memoryScratch } from "../support/memory-scratch.ts";
import type { Role } from "./mutation.ts";
import type { Process } from "./scheduler.ts";
import { bucketConnector, CONNECTOR, connectorFor, S3 } from "./source.ts";
import { runsAfter } from "./tables.ts";
import { SOURCE, STAGING } from "./names.ts";
import type { World } from "./world.ts";

/** Everything that the code under test knows of the outside, for one process. Every call waits for its turn. */
export interface SimPorts {
  readonly runs: RunStore;
  readonly flows: FlowStore;
  readonly inbox: Inbox;
  readonly outbox: EventOutbox;
  readonly sink: EventSink;
  readonly objects: ObjectStore;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly orchestrator: Orchestrator;
  readonly alarm: Alarm;
  readonly connect: Connect;
  readonly stagingBucket: string;
  readonly openScratch: () => Promise<ReturnType<typeof memoryScratch>>;
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** A store did not answer. */
export class StoreUnavailable extends Error {
  constructor() {
    super("The store did not answer.");
    this.name = "StoreUnavailable";
  }
}

export function portsFor(world: World, process: Process, role: Role): SimPorts {
  const ports: SimPorts = {
    runs: runsFor(world, process),
    flows: flowsFor(world, process),
    inbox: NOTHING_WAITS,
    outbox: outboxFor(world, process),
    sink: sinkFor(world, process),
    objects: objectsFor(world, process),
    // What is sent again is read from the staging bucket, as from S3.
    connectors: new Map([
      [CONNECTOR, sourceFor(world, process)],
      [S3, bucketConnector(world.scenario)],
    ]),
    orchestrator: {
      start: (_, runId) => Promise.resolve(world.startCoordinator(runId)),
      cancel: (_, runId) => Promise.resolve(world.tellToCancel(runId)),
    },
    alarm: { leadMs: 0, set: () => Promise.resolve(), clear: () => Promise.resolve() },
    connect: refuseProfiles,
    stagingBucket: STAGING,
    openScratch: () => Promise.resolve(memoryScratch()),
    now: () => world.clockOf(process),
    wait: (milliseconds) => world.wait(process, milliseconds),
  };
  return world.mutation.ports?.(ports, process, role, world) ?? ports;
}

/** The flows here are scheduled or started; test/run/event-flows.test.ts kills those that run on events. */
const NOTHING_WAITS: Inbox = {
  add: () => Promise.reject(new Error("No flow here runs on events.")),
  waiting: () => Promise.resolve([]),
  read: () => Promise.resolve([]),
  remove: () => Promise.resolve(),
  clear: () => Promise.resolve(),
};

function runsFor(world: World, process: Process): RunStore {
  const { tables, scheduler } = world;
  const ask = <Answer>(name: string, about: string, perform: () => Answer, changes = false) =>
    scheduler.ask(process, { name, about: () => about, perform, changes, unavailable: () => new StoreUnavailable() });
  /** Page by page, each as it is when it is asked for. */
  async function* pages<Item>(name: string, all: () => readonly Item[], isBehind: (item: Item, last: Item) => boolean) {
    const size = world.scenario.pageItems;
    for (let last: Item | undefined; ;) {
      const page: readonly Item[] = await ask(name, "", () => {
        const left = all().filter((item) => last === undefined || isBehind(item, last));
        return left.slice(0, size);
      });
      yield* page;
      if (page.length < size) return;
      last = page.at(-1);
    }
  }
  return {
    get: (flow, id) => ask("runs.get", world.shortId(id), () => tables.get(flow, id)),
    position: (flow) => ask("runs.position", "", () => tables.position(flow)),
    segments: (flow, run, slice) =>
      pages(
        "runs.segments",
        () => tables.segments(flow, run, slice),
        (a, b) => a.slice > b.slice || (a.slice === b.slice && a.number > b.number),
      ),
    attempts: (flow, run, slice) =>
      pages(
        "runs.attempts",
        () => tables.attempts(flow, run, slice),
        (a, b) =>
          a.slice > b.slice ||
          (a.slice === b.slice && (a.segment > b.segment || (a.segment === b.segment && a.number > b.number))),
      ),
    async write(change) {
      let written = true;
      for (const each of world.mutation.splits?.(change) ?? [change]) {
        const perform = () => {
          const stored = each.run && tables.get(each.run.flow, each.run.id);
          const done = tables.write(each, world.mutation.ignores?.(each, stored));
          if (done && each.run?.version === 1) world.noteRun(each.run.id);
          if (done) world.noteEvents(each.events ?? []);
          return done;
        };
        written = (await ask("runs.write", describeChange(world, each), perform, true)) && written;
        if (!written) return false;
      }
      return written;
    },
    list: (flow, limit, after) => ask("runs.list", "", () => runsAfter(tables.runs(flow), after).slice(0, limit)),
    unfinished: () => ask("runs.unfinished", "", () => tables.unfinished()),
    showProgress: (flow, run, slice, counts) =>
      ask("runs.showProgress", "", () => tables.showProgress(flow, run, slice, counts), true),
    progress: (flow, run) => ask("runs.progress", "", () => tables.progress(flow, run)),
    forget: (flow, run) => ask("runs.forget", world.shortId(run), () => tables.forget(flow, run), true),
  };
}

function outboxFor(world: World, process: Process): EventOutbox {
  const { tables, scheduler } = world;
  const unavailable = () => new StoreUnavailable();
  return {
    page: (limit, after) =>
      scheduler.ask(process, {
        name: "outbox.page",
        about: () => "",
        perform: () => {
          const isBehind = ({ at, id }: { readonly at: number; readonly id: string }) =>
            after === undefined || at > after.at || (at === after.at && id > after.id);
          return tables.events().filter(isBehind).slice(0, limit);
        },
        changes: false,
        unavailable,
      }),
    delete: (events) =>
      scheduler.ask(process, {
        name: "outbox.delete",
        about: () => `${events.length}`,
        perform: () => tables.deleteEvents(events),
        changes: true,
        unavailable,
      }),
  };
}

/** People, who hear of every other event of a page when chance has it. */
function sinkFor(world: World, process: Process): EventSink {
  return {
    take: (events) =>
      world.scheduler.ask(process, {
        name: "sink.take",
        about: () => events.map(({ id }) => id).join(", "),
        perform: () => {
          const taken = world.isCalm || world.chance() < 0.5 ? events : events.filter((_, i) => i % 2 === 1);
          world.told.push(...taken);
          return taken;
        },
        changes: true,
        unavailable: () => new StoreUnavailable(),
      }),
  };
}

function describeChange(world: World, { run, position, segment, attempt, unchanged, events }: RunChange): string {
  const items = [
    run &&
      `RUN ${world.shortId(run.id)} ${run.state} v${run.version}${run.failure === undefined ? "" : ` ${run.failure}`}`,
    position &&
      `FLOW ${position.flowId} ${position.active === undefined ? "free" : `held by ${world.shortId(position.active)}`} W=${position.watermark ?? "none"} v${position.version}`,
    segment && `SEG ${segment.slice}/${segment.number} by ${segment.attempt} ${segment.end.type}`,
    attempt && `ATT ${attempt.slice}/${attempt.segment}/${attempt.number}`,
    unchanged && `of ${world.shortId(unchanged.id)} v${unchanged.version}`,
    ...(events ?? []).map(({ type }) => `tells ${type}`),
  ];
  return items.filter((item) => item !== undefined).join(", ");
}

function flowsFor(world: World, process: Process): FlowStore {
  const { flows, scheduler } = world;
  const ask = <Answer>(name: string, about: string, perform: () => Answer, changes = false) =>
    scheduler.ask(process, { name, about: () => about, perform, changes, unavailable: () => new StoreUnavailable() });
  return {
    create: (flow) =>
      ask(
        "flows.create",
        flow.id,
        () => {
          if (flows.has(flow.name)) return "refused";
          flows.set(flow.name, flow);
          return "done";
        },
        true,
      ),
    get: (name) => ask("flows.get", "", () => flows.get(name)),
    update: () => Promise.reject(new Error("no flow is updated here")),
    list: () => Promise.reject(new Error("flows are not listed here")),
    usingProfile: () => Promise.resolve([]),
    count: () => Promise.resolve(flows.size),
    delete: (name) => ask("flows.delete", "", () => flows.delete(name), true),
  };
}

/** Buckets behind an adapter that does as the one of S3: what counts is whether the object of the upload is there. */
function objectsFor(world: World, process: Process): ObjectStore {
  const { buckets, scheduler } = world;
  const ask = <Answer>(name: string, about: string, perform: () => Answer, changes = false) =>
    scheduler.ask(process, {
      name: `objects.${name}`,
      about: () => about.replace(UUIDS, (id) => world.shortId(id)),
      perform,
      changes,
      unavailable: () => new ObjectStoreError("Unavailable", "The server did not answer."),
    });
  async function* pages<Item>(name: string, about: string, all: () => readonly Item[], keyOf: (item: Item) => string) {
    const size = world.scenario.pageItems;
    for (let seen = ""; ;) {
      const page = await ask(name, about, () =>
        all()
          .filter((item) => keyOf(item) > seen)
          .slice(0, size),
      );
      yield* page;
      if (page.length < size) return;
      seen = keyOf(page.at(-1)!);
    }
  }
  return {
    list: (bucket, prefix, after = "") =>
      pages(
        "list",
        prefix,
        () =>
          bucket === SOURCE
            ? world.source.objects().filter(({ key }) => key.startsWith(prefix))
            : buckets.keys(bucket, prefix).map((key) => buckets.info(bucket, key)!),
        ({ key }) => (key > after ? key : ""),
      ),
    head: (bucket, key) =>
      ask("head", key, () =>
        bucket === SOURCE ? world.source.objects().find((object) => object.key === key) : buckets.info(bucket, key),
      ),
    async *read(bucket, key, { from, to, ifMatch } = {}) {
      yield await ask("read", key, () => {
        if (bucket !== SOURCE) return buckets.read(bucket, key, ifMatch).subarray(from, to);
        const object = world.source.objects().find((object) => object.key === key);
        if (object === undefined) throw new ObjectStoreError("NoSuchObject", `There is no object ${key}.`);
        if (object.etag !== ifMatch) throw new ObjectStoreError("Changed", `${key} is another object by now.`);
        return object.body.subarray(from, to);
      });
    },
    put: (bucket, key, body) => ask("put", key, () => (deny(world, bucket), buckets.put(bucket, key, body)), true),
    delete: (bucket, key) => ask("delete", key, () => buckets.delete(bucket, key), true),
    createUpload: (bucket, key) => ask("createUpload", key, () => buckets.createUpload(bucket, key), true),
    async uploadPart(upload, number, body) {
      const bytes = Buffer.from(body);
      const staysBehind = world.chance() < 0.5;
      const land = () => buckets.landPart(upload, number, bytes, staysBehind);
      if (!world.scenario.slowParts) {
        return ask("uploadPart", upload.key, () => (buckets.admitPart(upload), land()), true);
      }
      await ask("uploadPart begins", upload.key, () => buckets.admitPart(upload));
      return ask("uploadPart lands", upload.key, land, true);
    },
    completeUpload: (upload, parts) => complete(world, upload, parts, ask),
    listUploads: (bucket, prefix) =>
      pages("listUploads", prefix, () => sorted(buckets.openUploads(bucket, prefix)), placeOf),
    copyPart: () => Promise.resolve(undefined),
    clock: (bucket) => ask("clock", bucket, () => world.sourceTime()),
    uploadDays: (bucket) => ask("uploadDays", bucket, () => undefined),
    abortUpload: (upload) => ask("abortUpload", upload.key, () => buckets.abort(upload), true),
  };
}

/** Nothing becomes visible in a destination while that is denied. */
function deny({ isDenied }: World, bucket: string): void {
  if (isDenied && bucket !== STAGING) throw new ObjectStoreError("AccessDenied", `${bucket} lets nobody in.`);
}

type Ask = <Answer>(name: string, about: string, perform: () => Answer, changes?: boolean) => Promise<Answer>;

async function complete(world: World, upload: Upload, parts: readonly UploadedPart[], ask: Ask): Promise<void> {
  const { buckets } = world;
  try {
    if (world.mutation.conflictsOnComplete) await completeIfAbsent(world, upload, parts, ask);
    else
      await ask(
        "completeUpload",
        upload.key,
        () => (deny(world, upload.bucket), buckets.complete(upload, parts)),
        true,
      );
  } catch (error) {
    const code = error instanceof ObjectStoreError ? error.code : undefined;
    if (code !== "NoSuchUpload" && code !== "Unavailable") throw error;
    if (!(await ask("head, for the token", upload.key, () => buckets.holds(upload)))) throw error;
  }
}

/** With `If-None-Match`: of two at once, one is answered 409, and the upload may be gone. */
async function completeIfAbsent(world: World, upload: Upload, parts: readonly UploadedPart[], ask: Ask): Promise<void> {
  const { buckets, completing } = world;
  await ask("completeUpload begins", upload.key, () =>
    completing.set(upload.uploadId, (completing.get(upload.uploadId) ?? 0) + 1),
  );
  await ask(
    "completeUpload",
    upload.key,
    () => {
      const others = completing.get(upload.uploadId)! - 1;
      completing.set(upload.uploadId, others);
      if (others === 0 || world.chance() < 0.5) return buckets.complete(upload, parts);
      buckets.abort(upload);
      throw new ObjectStoreError("Unavailable", "409 ConditionalRequestConflict");
    },
    true,
  );
}

/** By bucket names and keys that are in order anyway: uploads of one key by their age. */
function sorted(uploads: readonly Upload[]): readonly Upload[] {
  return [...uploads].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function placeOf({ key, uploadId }: Upload): string {
  return `${key}\u0000${uploadId.padStart(8, "0")}`;
}

function sourceFor(world: World, process: Process): Connector {
  const { scheduler, scenario } = world;
  const ask = <Answer>(name: string, about: string, perform: () => Answer) =>
    scheduler.ask(process, {
      name: `source.${name}`,
      about: () => about,
      perform,
      changes: false,
      unavailable: () => new ObjectStoreError("Unavailable", "The source did not answer."),
    });
  return connectorFor(scenario, {
    page: (slice, window, cursor) =>
      ask("read", `slice ${slice} behind ${JSON.stringify(cursor) ?? "the start"}`, () =>
        world.pageOf(slice, window, cursor),
      ),
    clock: () => ask("clock", "", () => world.sourceTime()),
    keyOf: (record) => world.source.keyOf(record),
  });
}

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
