import { receiptKey } from "../../src/plan/output-layout.ts";
import type { RunChange, RunStore } from "../../src/run/run-store.ts";
import type { Run } from "../../src/run/run.ts";
import type { Segment } from "../../src/run/segment.ts";
import { hasEnded, isDecided } from "../../src/run/transitions.ts";
import type { ObjectStore, Upload } from "../../src/sdk/object-store.ts";
import type { Mutation, Role } from "./mutation.ts";
import type { SimPorts } from "./ports.ts";
import { recordsOf } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";
import type { Process } from "./scheduler.ts";
import { FLOW } from "./names.ts";
import type { World } from "./world.ts";

/*
 * The weakenings of test/model/weakenings.ts, made of the implementation: each takes away one promise, in the stores
 * below it, or between it and them. None of them is a switch in the code under test.
 */

export interface MutationSheet {
  /** How the promise is taken away. */
  readonly how: string;
  readonly mutation: Mutation;
  /** The world in which it is looked for; the rest is chance. */
  readonly scenario: Partial<Scenario>;
}

const MIXED = recordsOf(["good", "bad", "good", "good"], 1, 3);
const CROWD = { coordinators: 2, sweepers: 1, order: "stalls" } as const;
const CUT = {
  ...CROWD,
  records: MIXED,
  slices: 1,
  pageRecords: 1,
  stops: 0.3,
  workers: 2,
  aggregation: "none",
} as const;
const WINDOWS = { incremental: true, trigger: "scheduled", ticks: 3 } as const;
const DYING = { faults: { lose: 0, repeat: 0, refuse: 0, late: 0, kill: 0.03 } } as const;

/** Those of windows are in window-mutations.ts. */
export const MUTATIONS = {
  commitUnconditional: {
    how: "the store does not look at RUN's version when it writes a commit over a run that is not committed",
    mutation: { ignores: ({ run }, stored) => (run?.state === "committed" && !isCommitted(stored) ? ["run"] : []) },
    scenario: { ...CROWD, cancels: 2 },
  },
  abortUnconditional: {
    how: "the store does not look at RUN's version when it writes an abort over a run that has not ended",
    mutation: {
      ignores: ({ run }, stored) => (run?.state === "aborting" && stored && !hasEnded(stored) ? ["run"] : []),
    },
    scenario: { ...CROWD, cancels: 2 },
  },
  watermarkAfter: {
    how: "the commit is two writes: RUN, then FLOW",
    mutation: {
      splits: (change) => (isCommit(change) ? [{ run: change.run! }, { position: change.position! }] : [change]),
    },
    scenario: { ...WINDOWS, ...DYING },
  },
  watermarkBefore: {
    how: "the commit is two writes: FLOW, then RUN",
    mutation: {
      splits: (change) => (isCommit(change) ? [{ position: change.position! }, { run: change.run! }] : [change]),
    },
    scenario: { ...WINDOWS, ...DYING },
  },
  completeBeforeCommit: {
    how: "the uploads of a segment are completed before it is registered",
    mutation: { ports: (ports) => completingFirst(ports, () => true) },
    scenario: {},
  },
  errorDirect: {
    how: "the error uploads of a segment are completed before it is registered",
    mutation: { ports: (ports) => completingFirst(ports, (kind) => kind === "error") },
    scenario: { records: MIXED, slices: 1 },
  },
  registerOverwrites: {
    how: "the store does not look whether SEG is absent",
    mutation: { ignores: ({ segment }) => (segment === undefined ? [] : ["segment"]) },
    scenario: CUT,
  },
  registerNoStateCheck: {
    how: "the store does not look at RUN when it writes SEG",
    mutation: { ignores: ({ segment }) => (segment === undefined ? [] : ["unchanged"]) },
    scenario: { ...CUT, cancels: 1 },
  },
  ownCursor: {
    how: "whoever lost a segment reads its own one from the store",
    mutation: { ports: withOwnCursor },
    scenario: CUT,
  },
  offsetPaging: {
    how: "the source's cursor counts rows",
    mutation: { pagesByOffset: true },
    scenario: {
      ...WINDOWS,
      ...CUT,
      records: [
        { id: 0, ts: 1, slice: 0, kind: "good" },
        { id: 1, ts: 1, slice: 0, kind: "good" },
        { id: 2, ts: 2, slice: 0, kind: "good", replaces: 0 },
      ],
    },
  },
  planOverwrites: {
    how: "the store does not look at RUN's version when it writes a plan over a running run",
    mutation: {
      ignores: ({ run }, stored) => (run?.state === "running" && stored?.state === "running" ? ["run"] : []),
    },
    scenario: { ...WINDOWS, ...CROWD },
  },
  gcByAge: {
    how: "a rule of the bucket aborts uploads at any time, and whoever looks for an absent object finds one",
    mutation: { sweepsByAge: true, ports: findingObjects },
    scenario: {},
  },
  gcByAgeFailOpen: {
    how: "a rule of the bucket aborts uploads at any time",
    mutation: { sweepsByAge: true },
    scenario: {},
  },
  sharedUpload: {
    how: "attempts at a segment get the same upload, and Complete takes whatever parts it has",
    mutation: { ports: (ports, _, role, world) => sharing(ports, role, world, false) },
    scenario: CUT,
  },
  sharedUploadPinned: {
    how: "attempts at a segment get the same upload",
    mutation: { ports: (ports, _, role, world) => sharing(ports, role, world, true) },
    scenario: CUT,
  },
  markerFirst: {
    how: "a receipt is put before the first upload is completed",
    mutation: { ports: withReceiptFirst },
    scenario: { slices: 2 },
  },
  staleManifest: {
    how: "the segments of a committed run come without the newest, and the run without its seal",
    mutation: { ports: withoutNewest },
    scenario: { slices: 2, records: recordsOf(["good", "good", "bad", "good"], 2, 3) },
  },
  finishEarly: {
    how: "after its first Complete, a process takes all others for done",
    mutation: { ports: completingOne },
    scenario: { slices: 2, records: recordsOf(["good", "good", "bad", "good"], 2, 3) },
  },
  noTickGuard: {
    how: "FLOW does not tell `lastTick`, and a run that has ended is not found by whoever delivers a tick",
    mutation: {
      ports: withoutTicks,
      ignores: ({ run }, stored) => (run?.version === 1 && stored && hasEnded(stored) ? ["run"] : []),
    },
    scenario: { trigger: "scheduled", deliveries: 3 },
  },
  noActiveGuard: {
    how: "whoever claims does not see `active`; whoever commits finds FLOW as it should be",
    mutation: {
      ports: (ports, _, role, world) => withoutFlowCheck(withoutActive(ports, role), world, true),
    },
    scenario: { ...WINDOWS, ...CROWD, deliveries: 3 },
  },
  noActiveGuardWCheck: {
    how: "whoever claims does not see `active`; whoever commits finds FLOW as it should be, but for its watermark",
    mutation: {
      ports: (ports, _, role, world) => withoutFlowCheck(withoutActive(ports, role), world, false),
    },
    scenario: { ...WINDOWS, ...CROWD, deliveries: 3, recreations: 1 },
  },
  commitNoFlowCheck: {
    how: "whoever commits finds FLOW as it should be",
    mutation: { ports: (ports, _process, _role, world) => withoutFlowCheck(ports, world, true) },
    scenario: { ...WINDOWS, ...CROWD, recreations: 2 },
  },
  cancelAckEarly: {
    how: "somebody is told that a run is cancelled as soon as it is seen undecided",
    mutation: { answersEarly: true },
    scenario: { ...CROWD, cancels: 2 },
  },
  abortCommitted: {
    how: "the sweeper writes an abort over every committed run that it finds",
    mutation: { rollsBack: true },
    scenario: { ...CROWD, sweepers: 3 },
  },
  claimFlowFirst: {
    how: "the claim is two writes: FLOW, then RUN",
    mutation: {
      splits: (change) => (isClaim(change) ? [{ position: change.position! }, { run: change.run! }] : [change]),
    },
    scenario: DYING,
  },
  errRegisteredAfter: {
    how: "SEG is written without its error files, and again with them",
    mutation: { splits: errorsSecond, ignores: ({ segment, unchanged }) => (segment && !unchanged ? ["segment"] : []) },
    scenario: { ...CUT, cancels: 1 },
  },
  absentIsError: {
    how: "whoever looks for an absent object finds one, which is not of the run",
    mutation: { ports: findingObjects },
    scenario: { ...CROWD, consumer: true, repeatedComplete: "forgets" },
  },
  conditionalComplete: {
    how: "of two that complete an upload at the same time one is answered 409, and the upload is gone",
    mutation: { conflictsOnComplete: true },
    scenario: { ...CROWD, coordinators: 3 },
  },
  commitWithoutAll: {
    how: "a plan comes from the store without its last slice",
    mutation: { ports: withoutLastSlice },
    scenario: { slices: 2 },
  },
} as const satisfies Record<string, MutationSheet>;

function isCommitted(run: Run | undefined): boolean {
  return run?.state === "committed" || run?.state === "published";
}

function isCommit({ run, position }: RunChange): boolean {
  return run?.state === "committed" && position !== undefined;
}

function isClaim({ run }: RunChange): boolean {
  return run?.version === 1;
}

function errorsSecond(change: RunChange): readonly RunChange[] {
  const { segment, unchanged } = change;
  const list = segment && "list" in segment.files ? segment.files.list : [];
  if (!list.some(({ kind }) => kind === "error")) return [change];
  const without = { ...segment!, files: { list: list.filter(({ kind }) => kind === "data") } };
  return [{ segment: without, unchanged: unchanged! }, { segment: segment! }];
}

function withRuns(ports: SimPorts, runs: Partial<RunStore>): SimPorts {
  return { ...ports, runs: { ...ports.runs, ...runs } };
}

function withObjects(ports: SimPorts, objects: Partial<ObjectStore>): SimPorts {
  return { ...ports, objects: { ...ports.objects, ...objects } };
}

function completingFirst(ports: SimPorts, isMeant: (kind: "data" | "error") => boolean): SimPorts {
  return withRuns(ports, {
    async write(change) {
      const files = change.segment && "list" in change.segment.files ? change.segment.files.list : [];
      for (const { kind, upload, parts } of files)
        if (kind !== "piece" && isMeant(kind)) await ports.objects.completeUpload(upload, parts);
      return ports.runs.write(change);
    },
  });
}

function withOwnCursor(ports: SimPorts): SimPorts {
  const own = new Map<string, Segment>();
  const nameOf = ({ run, slice, number }: Segment) => `${run}/${slice}/${number}`;
  return withRuns(ports, {
    async write(change) {
      const done = await ports.runs.write(change);
      if (!done && change.segment !== undefined) own.set(nameOf(change.segment), change.segment);
      return done;
    },
    async *segments(flow, run, slice) {
      for await (const segment of ports.runs.segments(flow, run, slice)) {
        yield (slice === undefined ? undefined : own.get(nameOf(segment))) ?? segment;
      }
    },
  });
}

function findingObjects(ports: SimPorts): SimPorts {
  return withObjects(ports, {
    head: async (_, key) => ({ key, size: 0, etag: "somebody's", modifiedAt: 0 }),
  });
}

const shared = new WeakMap<World, Map<string, Upload>>();

function sharing(ports: SimPorts, role: Role, world: World, pinned: boolean): SimPorts {
  const uploads = shared.get(world) ?? new Map<string, Upload>();
  shared.set(world, uploads);
  return withObjects(ports, {
    async createUpload(bucket, key) {
      const name = `${bucket}/${key.replace(/-?a\d+(?=\.json$)/, "")}`;
      const known = uploads.get(name);
      if (known !== undefined) return known;
      const upload = await ports.objects.createUpload(bucket, key);
      uploads.set(name, upload);
      return upload;
    },
    completeUpload(upload, parts) {
      if (pinned) return ports.objects.completeUpload(upload, parts);
      const stored = [...(world.buckets.uploads.get(upload.uploadId)?.parts ?? [])];
      const all = stored.map(([number, { etag, body }]) => ({ number, etag, size: body.length }));
      return ports.objects.completeUpload(upload, all.length > 0 ? all : parts);
    },
    async abortUpload(upload) {
      if (role === "janitor") await ports.objects.abortUpload(upload);
    },
  });
}

function withReceiptFirst(ports: SimPorts, _process: Process, _role: Role, world: World): SimPorts {
  const begun = new Set<string>();
  return withObjects(ports, {
    async completeUpload(upload, parts) {
      const run = world.runIds.find((id) => upload.key.includes(id));
      if (run !== undefined && isCommitted(world.tables.get(FLOW, run)) && !begun.has(run)) {
        begun.add(run);
        await ports.objects.put(upload.bucket, receiptKey(FLOW, run), Buffer.from('{"objects":[]}'));
      }
      await ports.objects.completeUpload(upload, parts);
    },
  });
}

function withoutNewest(ports: SimPorts, _process: Process, _role: Role, world: World): SimPorts {
  return withRuns(ports, {
    async get(flow, id) {
      const run = await ports.runs.get(flow, id);
      if (run === undefined) return undefined;
      const { segments: _, ...rest } = run;
      return rest;
    },
    async *segments(flow, run, slice) {
      const isStale = slice === undefined && isCommitted(world.tables.get(flow, run)) && world.chance() < 0.3;
      let last: Segment | undefined;
      for await (const segment of ports.runs.segments(flow, run, slice)) {
        if (last !== undefined) yield last;
        last = segment;
      }
      if (last !== undefined && !isStale) yield last;
    },
  });
}

function completingOne(ports: SimPorts): SimPorts {
  let done = false;
  return withObjects(ports, {
    async completeUpload(upload, parts) {
      if (done) return;
      await ports.objects.completeUpload(upload, parts);
      done = true;
    },
  });
}

function withoutTicks(ports: SimPorts, _process: Process, role: Role): SimPorts {
  if (role !== "trigger") return ports;
  return withRuns(ports, {
    async get(flow, id) {
      const run = await ports.runs.get(flow, id);
      return run !== undefined && hasEnded(run) ? undefined : run;
    },
    async position(flow) {
      const position = await ports.runs.position(flow);
      if (position === undefined) return undefined;
      const { lastTick: _, ...rest } = position;
      return rest;
    },
  });
}

function withoutActive(ports: SimPorts, role: Role): SimPorts {
  if (role !== "trigger") return ports;
  return withRuns(ports, {
    async position(flow) {
      const position = await ports.runs.position(flow);
      if (position === undefined) return undefined;
      const { active: _, ...rest } = position;
      return rest;
    },
  });
}

/** Whoever decides a run finds that it holds the flow; the commit moves the watermark, and nothing else. */
function withoutFlowCheck(ports: SimPorts, world: World, movesAny: boolean): SimPorts {
  let last: Run | undefined;
  return withRuns(ports, {
    async get(flow, id) {
      last = await ports.runs.get(flow, id);
      return last;
    },
    async position(flow) {
      const position = await ports.runs.position(flow);
      if (position === undefined || last?.state !== "running") return position;
      const { watermark: stored, ...rest } = position;
      const watermark = movesAny ? last.plan?.window?.from : stored;
      return { ...rest, active: last.id, flowId: last.flowId, ...(watermark !== undefined && { watermark }) };
    },
    async write(change) {
      const stored = world.tables.position(FLOW);
      if (!isCommit(change) || stored === undefined) return ports.runs.write(change);
      const { watermark, origin, delivered, version } = change.position!;
      const moved = watermark !== undefined && { watermark, origin: origin!, delivered: delivered! };
      return ports.runs.write({ ...change, position: { ...stored, version, ...moved } });
    },
  });
}

function withoutLastSlice(ports: SimPorts, _process: Process, role: Role): SimPorts {
  if (role !== "coordinator") return ports;
  return withRuns(ports, {
    async get(flow, id) {
      const run = await ports.runs.get(flow, id);
      const slices = run?.plan?.slices;
      if (slices === undefined || !("list" in slices) || isDecided(run!)) return run;
      return { ...run!, plan: { ...run!.plan!, slices: { list: slices.list.slice(0, -1) } } };
    },
  });
}
