import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDynamoStores } from "../../../src/adapters/aws/dynamo-stores.ts";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createSqliteStores } from "../../../src/adapters/local/sqlite-stores.ts";
import type { RememberedCall } from "../../../src/store/remembered-call.ts";
import type { Stores } from "../../contract/stores.ts";
import { createTable, dynamoClient } from "../../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../../support/dynoxide-server.ts";
import { type Fate, type InterferingProxy, type ProxiedRequest, startProxy } from "../../support/interfering-proxy.ts";
import { ended, sampleFlow, sampleRun } from "../../support/sample-flow.ts";
import { sampleProfile, sampleRegistration } from "../../support/sample-profile.ts";

const missing = dynoxideMissing();
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

describe.skipIf(missing !== undefined)(`the DynamoDB stores over a bad line${skipped}`, () => {
  let server: DynoxideServer;
  let proxy: InterferingProxy;
  let client: DynamoDBDocumentClient;
  let table: string;
  let stores: Stores;

  beforeAll(async () => {
    server = await startDynoxide();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    proxy = await startProxy(server.endpoint);
    client = dynamoClient(proxy.endpoint);
    table = await createTable(client);
    stores = createDynamoStores(client, table);
  });

  afterEach(async () => {
    client.destroy();
    await proxy.close();
  });

  const writes = () => proxy.requests.filter(({ operation }) => operation === "TransactWriteItems");
  it("gives what SQLite gives in every history, whatever becomes of requests", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 12 }),
        fc.infiniteStream(weather),
        async (steps, fates) => {
          const database = openDatabase(":memory:");
          const reference = createSqliteStores(database);
          proxy.interfere = () => undefined;
          const tried = createDynamoStores(client, await createTable(client));
          let isHindered = false;
          proxy.interfere = (request) => {
            // Nobody gives up: every second request gets through.
            const fate = fateOf(isHindered ? "one item at a time" : fates.next().value!, request);
            isHindered = fate !== undefined && !(typeof fate === "object" && "ask" in fate);
            return fate;
          };

          for (const each of steps)
            expect([each, await carryOut(tried, each)]).toEqual([each, await carryOut(reference, each)]);

          expect(await everythingIn(tried)).toEqual(await everythingIn(reference));
          database.close();
        },
      ),
      { numRuns: 12 },
    );
  });

  it("is told of its own write when the answer to it was lost, and not that it is there already", async () => {
    proxy.interfere = everyOther(() => "lose the answer");

    const results = [
      await stores.flows.create(sampleFlow("a"), callOf("t")),
      await stores.flows.create(sampleFlow("a"), callOf("t")),
      await stores.flows.create(sampleFlow("a"), callOf("u")),
      await stores.flows.delete("a"),
      await stores.flows.delete("a"),
    ];

    expect(results).toEqual(["done", "repeated", "refused", true, false]);
    const tokens = writes().map(({ body }) => body["ClientRequestToken"]);
    expect(tokens).toHaveLength(8);
    expect(new Set(tokens).size).toBe(4);
  });

  it("tries again while another transaction is in the way, and takes no word of it before", async () => {
    const fates = [
      cancelled("TransactionConflict", "None", "None"),
      cancelled("ConditionalCheckFailed", "None", "TransactionConflict"),
      cancelled("None", "ThrottlingError", "None"),
    ];
    proxy.interfere = ({ operation }) => (operation === "TransactWriteItems" ? fates.shift() : undefined);

    const result = await stores.flows.create(sampleFlow("a"), callOf("t"));

    expect(result).toBe("done");
    expect(new Set(writes().map(({ body }) => body["ClientRequestToken"])).size).toBe(4);
  });

  it("is told of its own write when it was cancelled only after the answer to it was lost", async () => {
    const fates = ["lose the answer", cancelled("TransactionConflict", "None")] as const;
    let writes = 0;
    proxy.interfere = ({ operation }) => (operation === "TransactWriteItems" ? fates[writes++] : undefined);

    const result = await stores.flows.create(sampleFlow("a"));

    expect([result, writes]).toEqual(["done", 3]);
  });

  it("gives up after ten attempts", async () => {
    proxy.interfere = ({ operation }) =>
      operation === "TransactWriteItems" ? cancelled("TransactionConflict", "None") : undefined;

    await expect(stores.flows.create(sampleFlow("a"))).rejects.toThrow(/was busy for 10 attempts. Try again later/);
    expect(writes()).toHaveLength(10);
  });

  it("tries again what is throttled", async () => {
    const fates = [THROTTLED, undefined, THROTTLED];
    proxy.interfere = () => fates.shift();

    const results = [await stores.flows.create(sampleFlow("a")), await stores.flows.get("a")];

    expect(results).toEqual(["done", sampleFlow("a")]);
  });

  it("asks again for what a batch leaves over", async () => {
    for (const name of ["a", "b", "c"]) await stores.flows.create(sampleFlow(name));
    for (const id of ["r1", "r2"]) await stores.runs.write({ run: sampleRun("a", id) });
    const leaveOver = everyOther(({ operation, body }) => {
      const left = body["RequestItems"];
      return {
        status: 200,
        body: operation === "BatchGetItem" ? { UnprocessedKeys: left } : { UnprocessedItems: left },
      };
    });
    proxy.interfere = (request) => (request.operation.startsWith("Batch") ? leaveOver(request) : undefined);

    const listed = await stores.flows.list(10);
    for (const id of ["r1", "r2"]) await stores.runs.forget("a", id);

    expect(listed.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(await stores.runs.list("a", 10)).toEqual([]);
  });

  it("fills a page although a flow goes while it is read", async () => {
    for (const name of ["a", "b", "c", "d"]) await stores.flows.create(sampleFlow(name));
    const direct = dynamoClient(server.endpoint);
    let deleted: boolean | undefined;
    proxy.interfere = async ({ operation }) => {
      // The names of a and b are read; b itself goes before it is.
      if (operation === "BatchGetItem") deleted ??= await createDynamoStores(direct, table).flows.delete("b");
      return undefined;
    };

    const listed = await stores.flows.list(2);

    expect(deleted).toBe(true);
    expect(listed.map(({ name }) => name)).toEqual(["a", "c"]);
    direct.destroy();
  });

  it.each([
    ["ResourceNotFoundException", "MILLRACE_TABLE"],
    ["AccessDeniedException", "Allow this process's role"],
    ["ExpiredTokenException", "credentials that are valid"],
    ["ValidationException", "its keys are `pk` and `sk`"],
    ["SomethingElse", "Try again later"],
  ])("says what to do when DynamoDB answers %s", async (name, advice) => {
    proxy.interfere = () => ({
      status: 400,
      body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: "why" },
    });

    await expect(stores.flows.get("a")).rejects.toThrow(
      new RegExp(`read from table .*${table}.*${name}: why.*${advice}`),
    );
    await expect(stores.flows.create(sampleFlow("a"))).rejects.toThrow(/write to table/);
  });
});

const THROTTLED = {
  status: 400,
  body: { __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", message: "slow" },
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
function cancelled(...codes: readonly string[]): Fate {
  return {
    status: 400,
    body: {
      __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`,
      CancellationReasons: codes.map((Code) => ({ Code })),
    },
  };
}

/** Mostly what costs little time: the SDK waits long when it is throttled. */
const weather = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("as it is", "lost", "in the way", "one item at a time") },
  { weight: 1, arbitrary: fc.constant("throttled") },
);

function fateOf(sky: string, { operation, body }: ProxiedRequest): Fate | undefined {
  if (sky === "lost") return "lose the answer";
  if (sky === "throttled") return THROTTLED;
  if (sky === "one item at a time" && operation === "Query") return { ask: { ...body, Limit: 1 } };
  if (sky === "in the way" && operation === "TransactWriteItems") {
    return cancelled(...(body["TransactItems"] as unknown[]).map((_, n) => (n === 0 ? "TransactionConflict" : "None")));
  }
  return undefined;
}

/** Lets every second request pass. */
function everyOther(fate: (request: ProxiedRequest) => Fate): (request: ProxiedRequest) => Fate | undefined {
  let requests = 0;
  return (request) => (requests++ % 2 === 0 ? fate(request) : undefined);
}

function callOf(token: string): RememberedCall {
  return { token: `Create/${token}`, digest: "d", answer: {}, at: 1_700_000_000_000 };
}

const name = fc.constantFrom("a", "b");
const version = fc.integer({ min: 2, max: 3 });
const token = fc.option(fc.constantFrom("t", "u", "v"), { nil: undefined });
const step = fc.oneof(
  fc.record({ type: fc.constantFrom("createFlow", "createProfile", "createRegistration"), name, token }),
  fc.record({ type: fc.constantFrom("updateFlow", "updateProfile"), name, version, token }),
  fc.record({ type: fc.constantFrom("deleteFlow", "deleteProfile"), name }),
  fc.record({ type: fc.constantFrom("claim a run", "begin", "register", "endRun", "forgetRun"), name }),
  fc.record({ type: fc.constantFrom("claim", "release"), name, holder: fc.constantFrom("x", "y") }),
);

interface Step {
  readonly type: string;
  readonly name: string;
  readonly version?: number;
  readonly token?: string | undefined;
  readonly holder?: string;
}

async function carryOut(stores: Stores, { type, name, version, token, holder = "" }: Step): Promise<unknown> {
  const call = token === undefined ? undefined : callOf(token);
  const run = sampleRun(name, "r1");
  const held = { flow: name, flowId: run.flowId, active: "r1", failures: 0, version: 1 };
  const ofRun = { flow: name, run: "r1", slice: 0 };
  switch (type) {
    case "createFlow":
      return stores.flows.create(usingProfile(name), call);
    case "createProfile":
      return stores.profiles.create(sampleProfile(name, { label: "l" }), call);
    case "createRegistration":
      return stores.registrations.create(sampleRegistration(name), call);
    case "updateFlow":
      return stores.flows.update(sampleFlow(name, { version: version! }), call);
    case "updateProfile":
      return stores.profiles.update(sampleProfile(name, { version: version! }), call);
    case "deleteFlow":
      return stores.flows.delete(name);
    case "deleteProfile":
      return stores.profiles.delete(name);
    case "claim a run":
      return stores.runs.write({ run, position: held });
    case "begin":
      return stores.runs.write({ attempt: { ...ofRun, segment: 0, number: 1 }, unchanged: run });
    case "register":
      return stores.runs.write({
        segment: { ...ofRun, number: 0, attempt: 1, end: { type: "end" }, counts: run.counts, files: { list: [] } },
        unchanged: run,
      });
    case "endRun":
      return stores.runs.write({ run: ended(run), position: { ...held, version: 2 } });
    case "forgetRun":
      return stores.runs.forget(name, "r1");
    case "claim":
      return stores.profiles.claimRenewal(name, { holder, now: 100, until: 200 });
    default:
      return stores.profiles.releaseRenewal(name, holder);
  }
}

function usingProfile(name: string) {
  const flow = sampleFlow(name);
  return { ...flow, definition: { ...flow.definition, source: { ...flow.definition.source, profile: "p0" } } };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function everythingIn({ flows, profiles, registrations, runs, calls }: Stores): Promise<unknown> {
  return {
    flows: await flows.list(100),
    flowsUsing: await flows.usingProfile("p0", 100),
    profiles: await profiles.list(100, {}),
    labelled: await profiles.list(100, { label: "l" }),
    registrations: await registrations.list(100),
    runs: [await runs.list("a", 100), await runs.list("b", 100), await runs.unfinished()],
    positions: [await runs.position("a"), await runs.position("b")],
    parts: await Promise.all(
      ["a", "b"].flatMap((name) => [all(runs.segments(name, "r1")), all(runs.attempts(name, "r1"))]),
    ),
    calls: await Promise.all(["t", "u", "v"].map((token) => calls.find(`Create/${token}`, 0))),
  };
}
