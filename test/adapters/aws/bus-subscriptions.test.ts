import {
  CreateEventBusCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBusSubscriptions, eventPattern } from "../../../src/adapters/aws/bus-subscriptions.ts";
import type { Subscriptions } from "../../../src/flow/subscriptions.ts";
import { type MotoServer, motoMissing, startMoto } from "../../support/moto-server.ts";

const missing = motoMissing();
const FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:millrace-prod-onEvent";
const BUS = "aws.partner/salesforce.com/00D/0YL";

describe("the pattern of a rule", () => {
  it.each([
    [{ source: "shop.orders" }, { source: ["shop.orders"] }],
    [
      { source: "shop.*", detailType: "Order" },
      { source: [{ wildcard: "shop.*" }], "detail-type": ["Order"] },
    ],
    [{ source: "*" }, { source: [{ prefix: "" }] }],
    [
      { source: "**", detailType: "a\\b**c" },
      { source: [{ prefix: "" }], "detail-type": [{ wildcard: "a\\\\b*c" }] },
    ],
  ])("lets through what the flow wants: %j", (wanted, pattern) => {
    expect(JSON.parse(eventPattern({ ...wanted, record: [] }))).toEqual(pattern);
  });
});

describe.skipIf(missing !== undefined)(`subscriptions to a bus (moto)${missing ?? ""}`, () => {
  let moto: MotoServer;
  let client: EventBridgeClient;
  let subscriptions: Subscriptions;

  const subscriptionsTo = (bus: string) =>
    createBusSubscriptions({ client, target: { bus, prefix: "millrace-prod", functionArn: FUNCTION } });

  beforeAll(async () => {
    moto = await startMoto();
    client = new EventBridgeClient({
      region: "eu-west-1",
      endpoint: moto.endpoint,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await client.send(new CreateEventBusCommand({ Name: "shop" }));
    subscriptions = subscriptionsTo("shop");
  });

  afterAll(async () => {
    client.destroy();
    await moto.stop();
  });

  const rules = async () => (await client.send(new ListRulesCommand({ EventBusName: "shop" }))).Rules!;

  it("is a rule that hands the flow's events to the function, and changes with the flow", async () => {
    await subscriptions.set("a!flow@x#1", { source: "shop.*", record: ["detail"] });
    await subscriptions.set("a!flow@x#1", { source: "shop.orders", detailType: "Order Placed", record: ["detail"] });

    const [rule, ...others] = await rules();
    const { Targets } = await client.send(new ListTargetsByRuleCommand({ EventBusName: "shop", Rule: rule!.Name }));
    expect(others).toEqual([]);
    expect(rule!.Name).toMatch(/^millrace-prod-[0-9a-f]{32}$/);
    expect(rule).toMatchObject({ State: "ENABLED", Description: "The events that the flow a!flow@x#1 gets" });
    expect(JSON.parse(rule!.EventPattern!)).toEqual({ source: ["shop.orders"], "detail-type": ["Order Placed"] });
    expect(Targets).toEqual([
      {
        Id: "inbox",
        Arn: FUNCTION,
        InputTransformer: { InputTemplate: '{"flow":"a!flow@x#1","event":<aws.events.event.json>}' },
      },
    ]);
    await subscriptions.clear("a!flow@x#1");
  });

  it("is gone when it is cleared, as often as one likes, and leaves those of others", async () => {
    await subscriptions.set("mine", { source: "a", record: [] });
    await subscriptions.set("yours", { source: "a", record: [] });

    await subscriptions.clear("mine");
    await subscriptions.clear("mine");
    await subscriptions.clear("never");

    expect((await rules()).map(({ Description }) => Description)).toEqual(["The events that the flow yours gets"]);
  });

  it("says which bus is not there, and what to do", async () => {
    const nowhere = subscriptionsTo(BUS);

    await expect(nowhere.set("flow", { source: "a", record: [] })).rejects.toThrow(
      /Cannot subscribe the flow `flow` to the bus `aws\.partner.*Make the bus, or associate its partner's event source/,
    );
    await nowhere.clear("flow");
  });
});
