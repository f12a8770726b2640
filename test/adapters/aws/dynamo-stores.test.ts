import { BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDynamoFlowStore } from "../../../src/adapters/aws/dynamo-flow-store.ts";
import { createDynamoStores } from "../../../src/adapters/aws/dynamo-stores.ts";
import { type Item, openTable } from "../../../src/adapters/aws/dynamo-table.ts";
import type { Flow } from "../../../src/flow/flow.ts";
import type { Position } from "../../../src/run/position.ts";
import type { Run } from "../../../src/run/run.ts";
import type { Attempt, Segment } from "../../../src/run/segment.ts";
import type { RememberedCall } from "../../../src/store/remembered-call.ts";
import { TooLargeError } from "../../../src/store/too-large-error.ts";
import { type Stores, storesContract } from "../../contract/stores.ts";
import { createTable, dynamoClient } from "../../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../../support/dynoxide-server.ts";
import { ended, sampleFlow, sampleRun } from "../../support/sample-flow.ts";

const missing = dynoxideMissing();
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

describe.skipIf(missing !== undefined)(`the DynamoDB stores${skipped}`, () => {
  let server: DynoxideServer;

  beforeAll(async () => {
    server = await startDynoxide();
  });

  afterAll(() => server.stop());

  storesContract({
    name: "DynamoDB (dynoxide)",
    async open() {
      const clients = [1, 2].map(() => dynamoClient(server.endpoint)) as [
        DynamoDBDocumentClient,
        DynamoDBDocumentClient,
      ];
      const table = await createTable(clients[0]);
      return {
        stores: createDynamoStores(clients[0], table),
        others: createDynamoStores(clients[1], table),
        async close() {
          for (const client of clients) client.destroy();
        },
      };
    },
  });

  describe("with large flows", () => {
    let client: DynamoDBDocumentClient;
    let stores: Stores;

    beforeAll(async () => {
      client = dynamoClient(server.endpoint);
      stores = createDynamoStores(client, await createTable(client));
    });

    afterAll(() => client.destroy());

    const withTasks = (name: string, description: (n: number) => string): Flow => {
      const tasks = Array.from({ length: 1000 }, (_, n) => ({
        taskType: "Map",
        sourceFields: [`Custom_Field_${n}__c`],
        destinationField: `custom_field_${n}`,
        connectorOperator: { Salesforce: "NO_OP" },
        taskProperties: { SOURCE_DATA_TYPE: description(n), DESTINATION_DATA_TYPE: "string" },
      }));
      const flow = sampleFlow(name, { request: { flowName: name, tasks } });
      return { ...flow, definition: { ...flow.definition, tasks: tasks as never } };
    };

    it("keeps a thousand tasks in a megabyte of JSON", async () => {
      const flow = withTasks("thousand", (n) => `picklist ${n} `.repeat(70));

      expect(JSON.stringify(flow.request).length).toBeGreaterThan(900_000);
      expect(await stores.flows.create(flow)).toBe("done");
      expect(await stores.flows.get("thousand")).toEqual(flow);
      expect(await stores.flows.list(1, "thousanc")).toEqual([flow]);
    });

    it("refuses what no item can hold, with the sizes and what to do, and keeps nothing of it", async () => {
      const noise = (n: number) => Array.from({ length: 100 }, (_, k) => Math.sin(n * 1000 + k).toString(36)).join("");
      const flow = withTasks("noise", noise);

      const creating = stores.flows.create(flow);

      await expect(creating).rejects.toThrow(TooLargeError);
      await expect(creating).rejects.toThrow(
        /The flow `noise` is \d+ bytes of JSON, and \d+ when compressed; 380000 can/,
      );
      expect(await stores.flows.get("noise")).toBeUndefined();
      expect(await stores.flows.list(1, "noisd")).not.toMatchObject([{ name: "noise" }]);
    });

    it("exchanges as many profiles as a flow may use, and refuses more", async () => {
      const using = (version: number, count: number) => {
        const { definition, ...flow } = sampleFlow("wide", { version });
        const destinations = Array.from({ length: count }, (_, n) => ({
          ...definition.destinations[0]!,
          profile: `p${version}-${n}`,
        }));
        return { ...flow, definition: { ...definition, destinations } };
      };

      const results = [
        await stores.flows.create(using(1, 45)),
        await stores.flows.update(using(2, 45), callOf("exchanged")),
      ];

      expect(results).toEqual(["done", "done"]);
      expect(await stores.flows.usingProfile("p1-44", 9)).toEqual([]);
      expect(await stores.flows.usingProfile("p2-44", 9)).toEqual(["wide"]);
      await expect(stores.flows.update(using(3, 46))).rejects.toThrow(/uses 46 profiles; 45 can be stored/);
    });

    it("refuses a run that no item can hold, and leaves it as it is", async () => {
      const run = sampleRun("wide", "r1");
      await stores.runs.write({ run });
      const message = Array.from({ length: 60_000 }, (_, n) => Math.sin(n).toString(36)).join("");

      const writing = stores.runs.write({ run: { ...run, version: 2, message }, segment: segmentOf(run, 0) });

      await expect(writing).rejects.toThrow(TooLargeError);
      await expect(writing).rejects.toThrow(
        /The run `r1` of flow `wide` is .* 380000 can be stored — let the flow read/,
      );
      expect(await stores.runs.get("wide", "r1")).toEqual(run);
    });

    it("keeps no metadata that no item can hold, nor what was there before", async () => {
      const key = { scope: "s", entry: "e" };
      const noise = Array.from({ length: 60_000 }, (_, n) => Math.sin(n).toString(36));
      await stores.metadata.put(key, "before", 100);

      await stores.metadata.put(key, noise, 100);

      expect(await stores.metadata.get(key, 1)).toBeUndefined();
    });
  });

  describe("with 10,000 flows", () => {
    const LARGE = 10_000;
    let client: DynamoDBDocumentClient;
    let few: Stores;
    let many: Stores;
    let spent: { requests: number; capacity: number };

    beforeAll(async () => {
      client = dynamoClient(server.endpoint);
      client.middlewareStack.add(
        (next) => async (args) => {
          const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } });
          const consumed = (result.output as { ConsumedCapacity?: Capacity | Capacity[] }).ConsumedCapacity ?? [];
          spent.requests++;
          for (const { CapacityUnits } of [consumed].flat()) spent.capacity += CapacityUnits ?? 0;
          return result;
        },
        { step: "initialize" },
      );
      spent = { requests: 0, capacity: 0 };
      [few, many] = [await filled(200), await filled(LARGE)];
    }, 300_000);

    afterAll(() => client.destroy());

    const filled = async (number: number) => {
      const table = await createTable(client);
      await fill(client, table, number);
      const stores = createDynamoStores(client, table);
      const run = sampleRun(middle, "r1");
      await stores.runs.write({ run });
      await stores.runs.write({ run: ended(run) });
      return stores;
    };

    const costOf = async (work: () => Promise<unknown>) => {
      spent = { requests: 0, capacity: 0 };
      await work();
      return spent;
    };
    const middle = nameOf(100);
    const second = sampleRun(middle, "r2");

    it.each<[string, number, (stores: Stores) => Promise<unknown>]>([
      ["list a page of 100", 2, ({ flows }) => flows.list(100, nameOf(50))],
      ["get one", 1, ({ flows }) => flows.get(middle)],
      ["create one", 1, ({ flows }) => flows.create(flowOf("new"), callOf("new"))],
      ["change one", 2, ({ flows }) => flows.update({ ...flowOf(middle), version: 2 }, callOf("changed"))],
      ["find who uses a profile", 1, ({ flows }) => flows.usingProfile("crm", 5)],
      ["find a call", 1, ({ calls }) => calls.find("Create/new", 0)],
      ["claim it for a run", 1, ({ runs }) => runs.write({ run: second, position: heldBy(second) })],
      ["tell where it stands", 1, ({ runs }) => runs.position(middle)],
      ["begin an attempt", 1, ({ runs }) => runs.write({ attempt: attemptOf(second), unchanged: second })],
      ["register a segment", 1, ({ runs }) => runs.write({ segment: segmentOf(second, 0), unchanged: second })],
      ["read segments", 1, ({ runs }) => readAll(runs.segments(middle, "r2"))],
      ["show progress", 1, ({ runs }) => runs.showProgress(middle, "r2", 0, second.counts)],
      ["read progress", 1, ({ runs }) => runs.progress(middle, "r2")],
      ["find what is unfinished", 2, ({ runs }) => runs.unfinished()],
      ["end a run", 1, ({ runs }) => runs.write({ run: ended(second), position: { ...heldBy(second), version: 2 } })],
      ["list runs", 2, ({ runs }) => runs.list(middle, 20)],
      ["get a run", 1, ({ runs }) => runs.get(middle, "r1")],
      ["forget a run", 5, ({ runs }) => runs.forget(middle, "r2")],
      ["delete one", 2, ({ flows }) => flows.delete(middle)],
    ])("costs as much as with 200 to %s: %i requests", async (_, requests, work) => {
      const [small, large] = [await costOf(() => work(few)), await costOf(() => work(many))];

      expect(large).toEqual(small);
      expect(large.requests).toBe(requests);
    });

    it("counts up to a quota of 1,000 in one request, and reads names only", async () => {
      const cost = await costOf(() => many.flows.count(1000));

      expect(cost.requests).toBe(1);
      expect(cost.capacity).toBeLessThan(15);
    });

    it("pages through every flow", async () => {
      let count = 0;
      const cost = await costOf(async () => {
        for (let after: string | undefined; ;) {
          const page = await many.flows.list(100, after);
          count += page.length;
          after = page.at(-1)?.name;
          if (page.length < 100) break;
        }
      });

      expect(count).toBe(LARGE);
      expect(cost.requests).toBe(201);
    });
  });
});

interface Capacity {
  readonly CapacityUnits?: number;
}

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

function heldBy({ flow, flowId, id }: Run): Position {
  return { flow, flowId, active: id, failures: 0, version: 1 };
}

function segmentOf({ flow, id, counts }: Run, number: number): Segment {
  return { flow, run: id, slice: 0, number, attempt: 1, end: { type: "end" }, counts, files: { list: [] } };
}

function attemptOf({ flow, id }: Run): Attempt {
  return { flow, run: id, slice: 0, segment: 0, number: 1 };
}

function callOf(token: string): RememberedCall {
  return { token: `Create/${token}`, digest: "d", answer: {}, at: 1_700_000_000_000 };
}

function nameOf(n: number): string {
  return `flow-${String(n).padStart(5, "0")}`;
}

/** Every tenth uses a profile. */
function flowOf(name: string): Flow {
  const flow = sampleFlow(name);
  if (!name.endsWith("0")) return flow;
  return { ...flow, definition: { ...flow.definition, source: { ...flow.definition.source, profile: "crm" } } };
}

/** Puts flows into a table, the very items that the store would write, but in batches. */
async function fill(client: DynamoDBDocumentClient, tableName: string, number: number): Promise<void> {
  const pending: Item[] = [];
  const table = openTable(client, tableName);
  const flows = createDynamoFlowStore({
    ...table,
    async write(actions) {
      pending.push(...actions.flatMap((action) => ("put" in action ? action.put : [])));
      return [];
    },
  });
  for (let n = 0; n < number; n++) await flows.create(flowOf(nameOf(n)));
  const writer = async () => {
    while (pending.length > 0) {
      const puts = pending.splice(0, 25).map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
}
