import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import type { DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bundleFunction } from "../../scripts/bundle-functions.ts";
import { createDynamoStores } from "../../src/adapters/aws/dynamo-stores.ts";
import type { FlowDefinition } from "../../src/flow/flow.ts";
import { claimRun } from "../../src/run/claim-run.ts";
import type { SliceName } from "../../src/run/orchestrate-slices.ts";
import { createTable, dynamoClient } from "../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../support/dynoxide-server.ts";
import { startServer, type TestServer } from "../support/http-server.ts";
import { type MotoServer, motoMissing, startMoto } from "../support/moto-server.ts";
import { sampleFlow } from "../support/sample-flow.ts";
import { STACK, stackEnvironment } from "../support/stack-environment.ts";

const ROOT = join(import.meta.dirname, "../..");
const REGION = STACK.region;
const FUNCTIONS = ["run-flow", "transfer", "sweep-runs"] as const;

const missing = [dynoxideMissing(), motoMissing()].find((reason) => reason !== undefined);
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

/** The functions as they are deployed, in the vendor's runner, over servers for AWS. */
describe.skipIf(missing !== undefined)(`runs on AWS${skipped}`, () => {
  let folder: string;
  let dynoxide: DynoxideServer;
  let moto: MotoServer;
  let lambda: TestServer;
  let invoked: string[];
  let documents: DynamoDBDocumentClient;
  let buckets: S3Client;
  let stores: ReturnType<typeof createDynamoStores>;
  let runFlow: DurableLambdaHandler;
  let transfer: (slice: SliceName, context: { getRemainingTimeInMillis(): number }) => Promise<string>;
  let sweepRuns: (event: { readonly clear?: "staging" }) => Promise<void>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-functions-"));
    invoked = [];
    lambda = await startServer((request, response) => {
      if (request.method === "POST") {
        invoked.push(String(request.headers["x-amz-durable-execution-name"]));
        response.writeHead(202).end();
      } else response.end(`{"DurableExecutions":[]}`);
    });
    [dynoxide, moto] = await Promise.all([
      startDynoxide(),
      startMoto(),
      ...FUNCTIONS.map((name) => bundleFunction(name, ROOT, join(folder, name))),
    ]);
    documents = dynamoClient(dynoxide.endpoint);
    const table = await createTable(documents);
    stores = createDynamoStores(documents, table);
    const environment = stackEnvironment(table, { moto, dynoxide, lambda });
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const load = async <Handler>(name: (typeof FUNCTIONS)[number]) =>
      ((await import(join(folder, name, "index.mjs"))) as { readonly handler: Handler }).handler;
    runFlow = await load("run-flow");
    transfer = await load("transfer");
    sweepRuns = await load("sweep-runs");
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    buckets = new S3Client({ region: REGION, endpoint: moto.endpoint, credentials, forcePathStyle: true });
    for (const Bucket of ["bucket-in", "bucket-out", "staging"]) {
      await buckets.send(
        new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
      );
    }
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  }, 120_000);

  afterAll(async () => {
    await LocalDurableTestRunner.teardownTestEnvironment();
    for (const each of [buckets, documents]) each.destroy();
    await lambda[Symbol.asyncDispose]();
    await Promise.all([dynoxide.stop(), moto.stop()]);
    await rm(folder, { recursive: true });
  });

  const claim = async (name: string, runId: string, changes: Partial<FlowDefinition> = {}) => {
    const flow = sampleFlow(name, {
      definition: {
        name,
        trigger: { type: "on-demand" },
        source: {
          connector: "S3",
          settings: { bucketName: "bucket-in", s3InputFormatConfig: { s3InputFileType: "CSV" } },
        },
        destinations: [{ connector: "S3", settings: { bucketName: "bucket-out", s3OutputFormatConfig: {} } }],
        tasks: [{ type: "map-all", index: 0, exclude: [] }],
        ...changes,
      },
    });
    await stores.flows.create(flow);
    const event = { id: "1", text: '{"detail":{"event":1}}' };
    if (flow.definition.trigger.type === "event") await stores.inbox.add(flow.id, [event], Date.now());
    await claimRun(flow, runId, { ...stores, now: Date.now });
  };

  const execute = async (flow: string, runId: string, msLeft: (call: number) => number) => {
    let calls = 0;
    const runner = new LocalDurableTestRunner({ handlerFunction: runFlow }).registerFunction(
      STACK.transfer,
      (slice: SliceName) => {
        const call = ++calls;
        let looks = 0;
        return transfer(slice, { getRemainingTimeInMillis: () => (looks++ > 1 ? msLeft(call) : 900_000) });
      },
    );
    const execution = await runner.run({ payload: { flow, runId } });
    return { status: execution.getStatus(), calls };
  };

  const text = async (Key: string) => {
    const { Body: body } = await buckets.send(new GetObjectCommand({ Bucket: "bucket-out", Key }));
    return body!.transformToString();
  };

  const keys = async () => {
    const { Contents: found = [] } = await buckets.send(new ListObjectsV2Command({ Bucket: "bucket-out" }));
    return found.map(({ Key }) => Key!);
  };

  it("are carried out by the functions, over calls that may not last", async () => {
    for (let i = 0; i < 5; i++) {
      const rows = Array.from({ length: 2000 }, (_, row) => `${i * 2000 + row},"Ü"\n`).join("");
      await buckets.send(new PutObjectCommand({ Bucket: "bucket-in", Key: `${i}.csv`, Body: `id,text\n${rows}` }));
    }
    await claim("orders", "5f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c11");

    const { status, calls } = await execute("orders", "5f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c11", (call) =>
      call < 3 ? 60_000 : 900_000,
    );

    expect(status).toBe("SUCCEEDED");
    expect(calls).toBe(3);
    expect(await stores.runs.get("orders", "5f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c11")).toMatchObject({
      state: "published",
      counts: { read: 10_000, destinations: [{ written: 10_000 }] },
    });
    const data = (await keys()).filter((key) => !key.startsWith("_millrace/"));
    const lines = (await Promise.all(data.map(text))).join("").trimEnd().split("\n");
    const ids = lines.map((line) => Number((JSON.parse(line) as { readonly id: string }).id));
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
  });

  it("are begun again when nobody carries them out", async () => {
    const runId = "6f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c22";
    await claim("lost", runId);

    await sweepRuns({});
    expect(invoked).toEqual([]);
    vi.useFakeTimers({ now: Date.now() + 120_000, toFake: ["Date"] });
    await sweepRuns({}).finally(() => vi.useRealTimers());

    expect(invoked).toHaveLength(1);
    expect(invoked[0]).toMatch(new RegExp(`^${runId}-[a-z0-9]+$`));
  });

  it("leave nothing behind that nobody needs", async () => {
    const staging = { Bucket: "staging", Prefix: "runs/" };
    await buckets.send(new PutObjectCommand({ Bucket: "staging", Key: "runs/gone/run/list.json", Body: "[]" }));

    await sweepRuns({ clear: "staging" });

    expect((await buckets.send(new ListObjectsV2Command(staging))).Contents ?? []).toEqual([]);
  });

  it("deliver the events that wait in the table, and take them out", async () => {
    const runId = "5f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c10";
    const source = { connector: "EventBridge", settings: { entityName: "shop.*" } };
    await claim("events", runId, { trigger: { type: "event" }, source });

    const { status } = await execute("events", runId, () => 900_000);

    expect(status).toBe("SUCCEEDED");
    const [key, ...others] = (await keys()).filter((name) => name.startsWith("events/"));
    expect(others).toEqual([]);
    expect(await text(key!)).toBe('{"event":1}\n');
    const { flowId } = (await stores.runs.get("events", runId))!;
    expect(await stores.inbox.waiting(flowId, { limit: 9, since: 0 })).toEqual([]);
  });
});
