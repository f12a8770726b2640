import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeArchiveCommand,
  type EventBridgeClient,
} from "@aws-sdk/client-eventbridge";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { connectors } from "../../../connectors/index.ts";
import { createEventBusClient } from "../../../src/adapters/aws/event-bus-client.ts";
import { createEventBus } from "../../../src/adapters/aws/event-bus.ts";
import type { FlowEvent } from "../../../src/flow/flow-event.ts";
import type { EventSink } from "../../../src/run/deliver-events.ts";
import { type InterferingProxy, startProxy } from "../../support/interfering-proxy.ts";
import { type MotoServer, motoMissing, startMoto } from "../../support/moto-server.ts";
import { sampleEvent } from "../../support/sample-flow.ts";

const missing = motoMissing();
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");

describe.skipIf(missing !== undefined)(`an event bus${skipped}`, () => {
  let moto: MotoServer;
  let proxy: InterferingProxy;
  let client: EventBridgeClient;
  let reports: string[];

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startProxy(moto.endpoint);
    client = createEventBusClient({ region: "eu-west-1", endpoint: proxy.endpoint });
    const { EventBusArn } = await client.send(new CreateEventBusCommand({ Name: "flows" }));
    const EventPattern = JSON.stringify({
      source: ["millrace.appflow"],
      "detail-type": ["AppFlow End Flow Run Report"],
      detail: { status: ["Execution Successful"], "flow-name": ["flow"] },
    });
    await client.send(new CreateArchiveCommand({ ArchiveName: "ended", EventSourceArn: EventBusArn, EventPattern }));
  });

  beforeEach(() => {
    reports = [];
  });

  afterEach(() => {
    proxy.interfere = () => undefined;
  });

  afterAll(async () => {
    client.destroy();
    await proxy.close();
    await moto.stop();
  });

  const busNamed = (bus: string): EventSink =>
    createEventBus({
      client,
      bus,
      connectors: new Map(connectors.map((connector) => [connector.type, connector])),
      report: (error) => reports.push((error as Error).message),
    });

  const eventsOf = (count: number): readonly FlowEvent[] =>
    Array.from({ length: count }, (_, n) => sampleEvent(`e${n}`, Date.UTC(2030, 0, 1) + n));
  const idsOf = (events: readonly FlowEvent[]) => events.map(({ id }) => id);
  const putsSince = (start: number) =>
    proxy.requests.slice(start).filter(({ operation }) => operation === "PutEvents") as unknown as Put[];
  const archived = async () => (await client.send(new DescribeArchiveCommand({ ArchiveName: "ended" }))).EventCount!;

  it("gets what it is told, as AppFlow's listeners match it", async () => {
    const [start, before] = [proxy.requests.length, await archived()];

    const taken = await busNamed("flows").take(eventsOf(2));

    expect(idsOf(taken)).toEqual(["e0", "e1"]);
    expect((await archived()) - before).toBe(2);
    const [put] = putsSince(start);
    const [{ Detail, ...entry }] = put!.body.Entries as [Entry];
    expect(entry).toEqual({
      EventBusName: "flows",
      Source: "millrace.appflow",
      DetailType: "AppFlow End Flow Run Report",
      Resources: ["arn:aws:appflow:eu-west-1:111122223333:flow/flow"],
      Time: Date.UTC(2030, 0, 1) / 1000,
    });
    expect(JSON.parse(Detail)).toMatchObject({ "source-object": "s3://src-bkt", "execution-id": "r1" });
    expect(reports).toEqual([]);
  });

  it("is put ten at a time at most, and no more bytes than every region takes", async () => {
    const start = proxy.requests.length;
    const text = "字".repeat(2048);
    const large = (id: string): FlowEvent => {
      const event = sampleEvent(id, 1);
      const about = { ...event.about, arn: text, createdBy: text };
      return { ...event, flow: text, about, outcome: "error", message: text } as FlowEvent;
    };

    await busNamed("flows").take(eventsOf(11));
    await busNamed("flows").take(Array.from({ length: 10 }, (_, n) => large(`large-${n}`)));

    expect(putsSince(start).map(({ body }) => body.Entries.length)).toEqual([10, 1, 8, 2]);
    for (const { body } of putsSince(start)) {
      expect(Buffer.byteLength(body.Entries.map(({ Detail }) => Detail).join(""))).toBeLessThan(256 * 1024);
    }
  });

  it("leaves what is refused to be told again, and says why", async () => {
    proxy.interfere = ({ operation }) => {
      if (operation !== "PutEvents") return undefined;
      const Entries = [
        { EventId: "1" },
        { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "no" },
        { EventId: "3" },
      ];
      return { status: 200, body: { FailedEntryCount: 1, Entries } };
    };

    const taken = await busNamed("flows").take(eventsOf(3));

    expect(idsOf(taken)).toEqual(["e0", "e2"]);
    expect(reports).toEqual([
      "The event bus `flows` does not take some events (NotAuthorizedForSourceException: no). " +
        "Let the bus's policy take events of the source millrace.appflow.",
    ]);
  });

  it("gets an event again whose answer is lost", async () => {
    let lost = false;
    proxy.interfere = ({ operation }) => {
      if (lost || operation !== "PutEvents") return undefined;
      lost = true;
      return "lose the answer";
    };
    const before = await archived();

    expect(await busNamed("flows").take(eventsOf(1))).toHaveLength(1);
    expect((await archived()) - before).toBe(2);
  });

  it("that is not there takes nothing, and is looked for again", async () => {
    const bus = busNamed("later");
    const start = proxy.requests.length;

    await expect(bus.take(eventsOf(1))).rejects.toThrow(
      /Cannot find the event bus `later` \(ResourceNotFoundException: .*\)\. Make the bus, or set MILLRACE_EVENT_BUS/,
    );
    expect(putsSince(start)).toEqual([]);
    await client.send(new CreateEventBusCommand({ Name: "later" }));

    expect(await bus.take(eventsOf(1))).toHaveLength(1);
    expect(await bus.take([])).toEqual([]);
  });

  it("that may not be used says what to allow", async () => {
    proxy.interfere = ({ operation }) =>
      operation === "PutEvents"
        ? { status: 400, body: { __type: "AccessDeniedException", message: "not allowed" } }
        : undefined;

    await expect(busNamed("flows").take(eventsOf(1))).rejects.toThrow(
      "Cannot put events on the bus `flows` (AccessDeniedException: not allowed). Allow the engine's role events:PutEvents",
    );
  });
});

interface Put {
  readonly body: { readonly Entries: readonly Entry[] };
}

interface Entry {
  readonly Detail: string;
}
