import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DynamoTable, openTable } from "../../../src/adapters/aws/dynamo-table.ts";
import { createTable, dynamoClient } from "../../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../../support/dynoxide-server.ts";
import { type InterferingProxy, startProxy } from "../../support/interfering-proxy.ts";

const missing = dynoxideMissing();
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;
const ABSENT = { expression: "attribute_not_exists(#pk)" };

describe.skipIf(missing !== undefined)(`openTable${skipped}`, () => {
  let server: DynoxideServer;
  let proxy: InterferingProxy;
  let client: DynamoDBDocumentClient;
  let table: DynamoTable;

  beforeAll(async () => {
    server = await startDynoxide();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    proxy = await startProxy(server.endpoint);
    client = dynamoClient(proxy.endpoint);
    table = openTable(client, await createTable(client));
  });

  afterEach(async () => {
    client.destroy();
    await proxy.close();
  });

  const key = (sk: string) => ({ pk: "p", sk });
  const fill = async (...names: readonly string[]) => {
    for (const name of names) await table.put({ ...key(name), name });
  };
  const equals = (attribute: string, value: unknown) => ({
    expression: `#${attribute} = :value`,
    values: { ":value": value } as const,
  });

  it("reads what was written last, of every kind", async () => {
    await table.put({ ...key("a"), n: 1 });
    const reads = [
      table.get(key("a")),
      table.getAll([key("a")]),
      table.query({ pk: "p", limit: 1 }),
      table.count("p", 9),
    ];
    await Promise.all(reads);

    const consistent = proxy.requests.flatMap(({ body }) => JSON.stringify(body).match(/"ConsistentRead":\w+/g) ?? []);

    expect(consistent).toEqual(Array.from({ length: 4 }, () => '"ConsistentRead":true'));
  });

  it("gives items in the order in which they are asked for, without those that there are not", async () => {
    await fill("a", "b", "c");

    const items = await table.getAll(["c", "none", "a"].map(key));

    expect(items.map(({ sk }) => sk)).toEqual(["c", "a"]);
  });

  it("pages through a partition from both ends, and in no other, however little an answer holds", async () => {
    await fill("a", "b", "c", "d");
    await table.put({ pk: "q", sk: "e" });
    proxy.interfere = ({ operation, body }) => (operation === "Query" ? { ask: { ...body, Limit: 1 } } : undefined);

    const pages = [
      await table.query({ pk: "p", limit: 3 }),
      await table.query({ pk: "p", limit: 9, descending: true, only: ["sk"] }),
      await table.query({ pk: "p", limit: 9, where: { expression: "#sk > :sk", values: { ":sk": "b" } } }),
    ];
    const counts = [await table.count("p", 3), await table.count("p", 9)];

    expect(pages.map((page) => page.map(({ sk }) => sk).join(""))).toEqual(["abc", "dcba", "cd"]);
    expect(pages[1]![0]).toEqual({ sk: "d" });
    expect(counts).toEqual([3, 4]);
  });

  it("carries out all actions of a transaction", async () => {
    await fill("changed", "deleted", "checked");

    const failed = await table.write([
      { put: { ...key("new"), n: 1 }, if: ABSENT },
      { update: key("changed"), set: { size: 7 }, remove: ["name"], if: equals("name", "changed") },
      { delete: key("deleted"), if: equals("name", "deleted") },
      { check: key("checked"), if: equals("name", "checked") },
    ]);

    expect(failed).toEqual([]);
    expect(await table.query({ pk: "p", limit: 9 })).toEqual([
      { ...key("changed"), size: 7 },
      { ...key("checked"), name: "checked" },
      { ...key("new"), n: 1 },
    ]);
  });

  it("carries out none when an expectation does not hold, and tells which", async () => {
    await fill("a", "b");
    const before = await table.query({ pk: "p", limit: 9 });

    const failed = await table.write([
      { put: { ...key("a"), n: 1 }, if: ABSENT },
      { update: key("b"), set: { name: "x" }, if: equals("name", "b") },
      { delete: key("c"), if: equals("name", "c") },
      { check: key("d"), if: ABSENT },
      { check: key("e"), if: { expression: "attribute_exists(#pk)" } },
    ]);

    expect(failed).toEqual([0, 2, 4]);
    expect(await table.query({ pk: "p", limit: 9 })).toEqual(before);
  });

  it("reads and deletes more than one request holds", async () => {
    const names = Array.from({ length: 130 }, (_, n) => `n${String(n).padStart(3, "0")}`);
    await fill(...names);

    const items = await table.getAll(names.map(key));
    await table.deleteAll(names.slice(120).map(key));
    await table.deleteEach({ pk: "p", where: { expression: "#sk > :sk", values: { ":sk": "n030" } } });

    expect(items.map(({ sk }) => sk)).toEqual(names);
    expect((await table.query({ pk: "p" })).map(({ sk }) => sk)).toEqual(names.slice(0, 31));
  });
});
