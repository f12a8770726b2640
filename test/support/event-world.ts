import { connectors } from "../../connectors/index.ts";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteStores } from "../../src/adapters/local/sqlite-stores.ts";
import { refuseProfiles } from "../../src/connection/open-connection.ts";
import type { Flow, FlowDefinition } from "../../src/flow/flow.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { ExecutePorts } from "../../src/run/execute-run.ts";
import { receiveForAll } from "../../src/run/receive-events.ts";
import type { BusEvent } from "../../src/run/receive-events.ts";
import type { Run } from "../../src/run/run.ts";
import { startDueRun } from "../../src/run/start-due-run.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { memoryScratch } from "./memory-scratch.ts";
import { sampleFlow } from "./sample-flow.ts";

const MINUTE = 60_000;

export type EventPorts = ExecutePorts;

/** A flow from the events of a bus to JSON lines in the bucket `out`, with everything in memory. Time moves with the ticks. */
export class EventWorld {
  readonly objects = new MemoryObjectStore(["out", "staging"]);
  readonly ports: EventPorts;
  readonly flow: Flow;
  clock = 1_700_000_000_000;

  private constructor(flow: Flow) {
    this.flow = flow;
    this.objects.now = () => this.clock;
    this.ports = {
      ...createSqliteStores(openDatabase(":memory:")),
      objects: this.objects,
      connectors: new Map(connectors.map((connector) => [connector.type, connector])),
      openScratch: () => Promise.resolve(memoryScratch()),
      connect: refuseProfiles,
      stagingBucket: "staging",
      now: () => this.clock,
      wait: () => Promise.resolve(),
    };
  }

  static async of(changes: Partial<FlowDefinition> = {}): Promise<EventWorld> {
    const definition: FlowDefinition = {
      name: "flow",
      trigger: { type: "event" },
      source: { connector: "EventBridge", settings: { entityName: "shop.*" } },
      destinations: [{ connector: "S3", settings: { bucketName: "out" } }],
      tasks: [{ type: "map-all", index: 0, exclude: [] }],
      ...changes,
    };
    const world = new EventWorld(sampleFlow("flow", { definition, activatedAt: 1_700_000_000_000 }));
    await world.ports.flows.create(world.flow);
    return world;
  }

  /** Gives events to the flows that are to get them, as whoever listens to the bus does. */
  deliver(events: readonly BusEvent[], ports = this.ports): Promise<void> {
    return receiveForAll(events, { ...ports, connectors: [...ports.connectors.values()] });
  }

  /** A minute passes, and what is then due is carried out; undefined where nothing is. */
  async tick(ports = this.ports): Promise<Run | undefined> {
    this.clock += MINUTE;
    return this.wake(ports);
  }

  /** The same, at the time that it is. */
  async wake(ports = this.ports): Promise<Run | undefined> {
    const orchestrator = { start: () => Promise.resolve(), cancel: () => Promise.resolve() };
    const alarm = { leadMs: 0, set: () => Promise.resolve(), clear: () => Promise.resolve() };
    const due = await startDueRun("flow", this.clock, { ...ports, orchestrator, alarm });
    if (due.state === "inactive") return undefined;
    const runId = due.state === "started" ? due.runId : due.blockedBy;
    return executeRun("flow", runId, ports, { signal: new AbortController().signal, shouldStop: () => false });
  }

  /** All lines that can be seen, in the order of the runs and their files. */
  lines(): readonly string[] {
    const keys = this.objects.keys("out").filter((key) => !key.startsWith("_millrace/"));
    return keys.flatMap((key) => this.objects.text("out", key).trimEnd().split("\n"));
  }

  files(): number {
    return this.objects.keys("out").filter((key) => !key.startsWith("_millrace/")).length;
  }

  async waiting(): Promise<number> {
    return (await this.ports.inbox.waiting(this.flow.id, { limit: 100_000, since: 0 })).length;
  }
}

/** An event as EventBridge delivers it. */
export function busEvent(id: string, detail: string, changes: Partial<BusEvent> = {}): BusEvent {
  const { source = "shop.orders", detailType = "Order Placed" } = changes;
  const head = { version: "0", id, "detail-type": detailType, source, time: "2023-11-14T22:13:20Z", resources: [] };
  return { id, source, detailType, text: `${JSON.stringify(head).slice(0, -1)},"detail":${detail}}` };
}
