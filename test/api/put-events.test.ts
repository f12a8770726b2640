import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import type { AccessKey } from "../../src/api/key-store.ts";
import { type RunningServer, serve } from "../../src/cli/serve.ts";
import { sampleFlow } from "../support/sample-flow.ts";
import { createTestApp, FULL_KEY, PLACE, READER_KEY, type TestApp } from "../support/test-app.ts";

const EVENT = { Source: "shop.orders", DetailType: "Order Placed", Detail: '{"n":1.0}' };
const LIMITED_KEY: AccessKey = { ...FULL_KEY, id: "MLRCLIMITEDKEYLIMITE", policy: { statements: [] } };

describe("PutEvents", () => {
  let app: TestApp;
  let server: RunningServer;
  const flow = sampleFlow("orders", {
    definition: {
      ...sampleFlow("orders").definition,
      trigger: { type: "event" },
      source: { connector: "EventBridge", settings: { entityName: "shop.*" } },
    },
  });

  beforeEach(async () => {
    const known = [FULL_KEY, READER_KEY, LIMITED_KEY];
    app = createTestApp({
      connectors,
      ports: { keys: { find: async (wanted) => known.find(({ id }) => id === wanted) } },
    });
    await app.ports.flows.create(flow);
    server = await serve(app.putEvents, { port: 0, report: (error) => expect.fail(String(error)) });
  });

  afterEach(() => server.close(0));

  async function put(key: AccessKey, entry: object = EVENT) {
    const credentials = { accessKeyId: key.id, secretAccessKey: key.secret.reveal() };
    const client = new EventBridgeClient({ endpoint: server.url, region: PLACE.region, credentials, maxAttempts: 1 });
    try {
      return (await client.send(new PutEventsCommand({ Entries: [entry] }))).Entries![0]!;
    } finally {
      client.destroy();
    }
  }

  it("makes the event that EventBridge would, and keeps the text of its detail", async () => {
    const Time = new Date("2026-01-02T03:04:05.678Z");

    const { EventId } = await put(FULL_KEY, { ...EVENT, Time, Resources: ["arn:x"], EventBusName: "any" });

    const { inbox } = app.ports;
    const places = (await inbox.waiting(flow.id, { limit: 9, since: 0 })).map(({ place }) => place);
    expect(await inbox.read(flow.id, places)).toEqual([
      `{"version":"0","id":"${EventId}","detail-type":"Order Placed","source":"shop.orders","account":"111122223333",` +
        `"time":"2026-01-02T03:04:05Z","region":"eu-west-1","resources":["arn:x"],"detail":{"n":1.0}}`,
    ]);
  });

  it("is for keys that may do everything", async () => {
    for (const key of [READER_KEY, LIMITED_KEY]) {
      await expect(put(key)).rejects.toMatchObject({
        name: "AccessDeniedException",
        message: expect.stringContaining(
          "events:PutEvents on resource: arn:aws:events:eu-west-1:111122223333:event-bus/default",
        ) as unknown,
      });
    }
  });

  it("says what is wrong with an event", async () => {
    const anyone = createTestApp({ connectors, config: { callers: "anyone" } });
    const body = JSON.stringify({ Entries: [{ ...EVENT, Time: 1e20 }, { ...EVENT, DetailType: 1 }, null] });

    const answer = await anyone.putEvents(new Request("http://localhost/", { method: "POST", body }));

    expect(await answer.json()).toEqual({
      FailedEntryCount: 3,
      Entries: ["Time", "DetailType", "Source"].map((name) => ({
        ErrorCode: "InvalidArgument",
        ErrorMessage: expect.stringMatching(`^Parameter ${name} is not valid. Reason: `) as unknown,
      })),
    });
  });
});
