import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { brotliDecompressSync } from "node:zlib";
import {
  AppflowClient,
  CreateConnectorProfileCommand,
  type CreateConnectorProfileCommandInput,
  CreateFlowCommand,
  DeleteConnectorProfileCommand,
  DeleteFlowCommand,
  DescribeConnectorProfilesCommand,
  DescribeFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  type ExecutionRecord,
  ListFlowsCommand,
  ListTagsForResourceCommand,
  StartFlowCommand,
  TagResourceCommand,
  UpdateFlowCommand,
} from "@aws-sdk/client-appflow";
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeArchiveCommand,
  EventBridgeClient,
} from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { millrace, type DevServer, startDev } from "../support/cli.ts";
import { createTable, dynamoClient } from "../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../support/dynoxide-server.ts";
import { NUMBERS_FLOW } from "../support/numbers-flow.ts";
import { type MotoServer, motoMissing, startMoto } from "../support/moto-server.ts";

const missing = dynoxideMissing();
const motoIsMissing = motoMissing();
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;
const REGION = "eu-west-1";
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
const CANARY = "canary-application-key";
const PROFILE: CreateConnectorProfileCommandInput = {
  connectorProfileName: "metrics",
  connectorType: "Datadog",
  connectionMode: "Public",
  connectorProfileConfig: {
    connectorProfileProperties: { Datadog: { instanceUrl: "https://api.datadoghq.com" } },
    connectorProfileCredentials: { Datadog: { apiKey: "key", applicationKey: CANARY } },
  },
};

describe.skipIf(missing !== undefined)(`millrace dev --table${skipped}`, () => {
  let dynoxide: DynoxideServer;
  let documents: DynamoDBDocumentClient;
  let data: string;
  let table: string;
  let dev: DevServer | undefined;
  let client: AppflowClient;

  beforeAll(async () => {
    dynoxide = await startDynoxide();
    documents = dynamoClient(dynoxide.endpoint);
  });

  afterAll(async () => {
    documents.destroy();
    await dynoxide.stop();
  });

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), "millrace-cloud-"));
    for (const bucket of ["numbers-in", "numbers-out"]) await mkdir(join(data, "buckets", bucket), { recursive: true });
    table = await createTable(documents);
  });

  afterEach(async () => {
    await dev?.end("SIGKILL");
    dev = undefined;
    await rm(data, { recursive: true, force: true });
  });

  const environment = () => ({
    ...CREDENTIALS,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint,
  });

  /** Serves the API from that table, and points the official client at it. */
  const serve = async (more: Readonly<Record<string, string>> = {}) => {
    dev = await startDev(data, ["--table", table], { ...environment(), ...more });
    const { endpoint, region, accessKeyId, secretAccessKey } = dev;
    client = new AppflowClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  };

  const runs = async () =>
    (await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "numbers" }))).flowExecutions!;

  const endedRun = async (): Promise<ExecutionRecord> => {
    for (;;) {
      const [newest] = await runs();
      if (newest!.executionStatus !== "InProgress") return newest!;
      await setTimeout(50);
    }
  };

  const items = async () => (await documents.send(new ScanCommand({ TableName: table }))).Items ?? [];

  /** Client tokens are remembered for hours, whatever becomes of what was made with them. */
  const kindsLeft = async () => [...new Set((await items()).map(({ sk }) => sk as string))].toSorted();

  it("takes a flow through its life, with nothing of it in the data folder", async () => {
    const records = Array.from({ length: 1000 }, (_, id) => `{"id":${id}}\n`).join("");
    await writeFile(join(data, "buckets", "numbers-in", "numbers.json"), records);
    await serve();
    const { flowArn } = await client.send(
      new CreateFlowCommand({ ...NUMBERS_FLOW, clientToken: "t", tags: { team: "a" } }),
    );
    const again = await client.send(new CreateFlowCommand({ ...NUMBERS_FLOW, clientToken: "t", tags: { team: "a" } }));
    await client.send(new StartFlowCommand({ flowName: "numbers" }));
    const run = await endedRun();
    await client.send(new TagResourceCommand({ resourceArn: flowArn, tags: { team: "b", stage: "prod" } }));
    const { clientToken: _, tags: __, ...changed } = NUMBERS_FLOW;
    await client.send(new UpdateFlowCommand({ ...changed, description: "numbers, as they are" }));

    await dev!.end("SIGINT");
    for (const name of await readdir(data)) if (name.startsWith("millrace.db")) await rm(join(data, name));
    await serve();
    const described = await client.send(new DescribeFlowCommand({ flowName: "numbers" }));
    const listed = await client.send(new ListFlowsCommand({}));
    const tagged = await client.send(new ListTagsForResourceCommand({ resourceArn: flowArn }));
    const remembered = await runs();
    const place = ["--data", data, "--table", table];
    const shown = await millrace(["runs", "list", "--json", ...place], { env: environment() });
    const verified = await millrace(["verify", run.executionId!, ...place], { env: environment() });
    await client.send(new DeleteFlowCommand({ flowName: "numbers" }));

    expect(again.flowArn).toBe(flowArn);
    expect(run).toMatchObject({ executionStatus: "Successful", executionResult: { recordsProcessed: 1000 } });
    const [file] = await readdir(join(data, "buckets", "numbers-out", "numbers"));
    expect(await readFile(join(data, "buckets", "numbers-out", "numbers", file!), "utf8")).toBe(records);
    expect(described).toMatchObject({ flowArn, description: "numbers, as they are", tasks: NUMBERS_FLOW.tasks });
    expect(described.lastRunExecutionDetails).toMatchObject({ mostRecentExecutionStatus: "Successful" });
    expect(listed.flows!.map(({ flowName }) => flowName)).toEqual(["numbers"]);
    expect(tagged.tags).toEqual({ team: "b", stage: "prod" });
    expect(remembered).toEqual([run]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ run: run.executionId, flow: "numbers" });
    expect(verified).toMatchObject({ code: 0 });
    // Where a name stands outlives its flow, so that no scheduled time has two runs.
    expect(await kindsLeft()).toEqual(["call", "position"]);
  });

  it("goes on after SIGKILL with the run that was under way, and loses and doubles nothing", async () => {
    const records = Array.from({ length: 300_000 }, (_, id) => `{"id":${id},"text":"${"x".repeat(id % 50)}"}\n`).join(
      "",
    );
    await writeFile(join(data, "buckets", "numbers-in", "numbers.json"), records);
    await serve();
    await client.send(new CreateFlowCommand(NUMBERS_FLOW));
    await client.send(new StartFlowCommand({ flowName: "numbers" }));
    const [before] = await runs();

    await dev!.end("SIGKILL");
    await serve();
    const after = await endedRun();

    expect(before!.executionStatus).toBe("InProgress");
    expect(after).toMatchObject({
      executionId: before!.executionId,
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 300_000 },
    });
    const files = await readdir(join(data, "buckets", "numbers-out", "numbers"));
    expect(files).toHaveLength(1);
    expect((await readFile(join(data, "buckets", "numbers-out", "numbers", files[0]!), "utf8")) === records).toBe(true);
  });

  describe.skipIf(motoIsMissing !== undefined)(`with the rest of AWS (needs moto: ${motoIsMissing ?? "found"})`, () => {
    let moto: MotoServer;
    let secrets: SecretsManagerClient;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };

    beforeAll(async () => {
      moto = await startMoto();
      secrets = new SecretsManagerClient({ region: REGION, endpoint: moto.endpoint, credentials });
    });

    afterAll(async () => {
      secrets.destroy();
      await moto.stop();
    });

    it("keeps them in Secrets Manager and nowhere else, and lets go of them with the profile", async () => {
      await serve({ AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.endpoint });
      await client.send(new CreateConnectorProfileCommand(PROFILE));

      const { connectorProfileDetails } = await client.send(new DescribeConnectorProfilesCommand({}));
      const { credentialsArn } = connectorProfileDetails![0]!;
      const kept = await secrets.send(new GetSecretValueCommand({ SecretId: credentialsArn }));
      const stored = JSON.stringify((await items()).map(readable));
      await client.send(new DeleteConnectorProfileCommand({ connectorProfileName: "metrics" }));

      expect(credentialsArn).toMatch(/^arn:aws:secretsmanager:eu-west-1:\d{12}:secret:millrace\/metrics-/);
      expect(JSON.parse(kept.SecretString!)).toMatchObject({ applicationKey: CANARY });
      expect(stored).toContain("api.datadoghq.com");
      expect(stored).not.toContain(CANARY);
      expect(JSON.stringify(connectorProfileDetails)).not.toContain(CANARY);
      expect((await secrets.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
      expect(await kindsLeft()).toEqual(["call"]);
    });

    it("lets another machine go on with what is in the table and in the staging bucket", async () => {
      const place = ["--table", table, "--s3", "--staging", "numbers-staging"];
      for (const name of ["numbers-in", "numbers-out"])
        place.push("--bucket", `${name}=${join(data, "buckets", name)}`);
      const env = { ...environment(), AWS_ENDPOINT_URL_S3: moto.endpoint };
      const s3 = new S3Client({ region: REGION, endpoint: moto.endpoint, credentials, forcePathStyle: true });
      await s3.send(
        new CreateBucketCommand({
          Bucket: "numbers-staging",
          CreateBucketConfiguration: { LocationConstraint: REGION },
        }),
      );
      await writeFile(join(data, "buckets", "numbers-in", "numbers.json"), '{"id":1}\n{"id":2\n');
      dev = await startDev(data, place, env);
      const { endpoint, region, accessKeyId, secretAccessKey } = dev;
      client = new AppflowClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
      await client.send(new CreateFlowCommand(NUMBERS_FLOW));
      await client.send(new StartFlowCommand({ flowName: "numbers" }));
      const { executionId } = await endedRun();
      await dev.end("SIGINT");

      const elsewhere = await mkdtemp(join(tmpdir(), "millrace-elsewhere-"));
      const corrected = join(elsewhere, "corrected.json");
      await writeFile(corrected, '{"record":{"id":2}}\n');
      const command = ["redrive", executionId!, "--records", corrected, "--data", elsewhere, ...place];
      const sent = await millrace(command, { env });
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "numbers-staging" }));
      s3.destroy();
      await rm(elsewhere, { recursive: true, force: true });

      expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining("1 read = 1 written") });
      expect(Contents.map(({ Key }) => Key)).toEqual([expect.stringMatching(/^redrives\/numbers\//)]);
      const written = await Promise.all(
        (await readdir(join(data, "buckets", "numbers-out", "numbers"))).map((key) =>
          readFile(join(data, "buckets", "numbers-out", "numbers", key), "utf8"),
        ),
      );
      expect(written.toSorted()).toEqual(['{"id":1}\n', '{"id":2}\n']);
    });

    it("tells a bus of runs, also those that ended before it was there", async () => {
      const onBus = { MILLRACE_EVENT_BUS: "flows", AWS_ENDPOINT_URL_EVENTBRIDGE: moto.endpoint };
      const events = new EventBridgeClient({
        region: REGION,
        endpoint: moto.endpoint,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      });
      await writeFile(join(data, "buckets", "numbers-in", "numbers.json"), '{"id":1}\n');
      await serve(onBus);
      await client.send(new CreateFlowCommand(NUMBERS_FLOW));
      await client.send(new StartFlowCommand({ flowName: "numbers" }));
      await endedRun();
      await dev!.end("SIGINT");
      const log = dev!.log();
      const waiting = (await items()).filter(({ pk }) => pk === "outbox").length;

      const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: "flows" }));
      const EventPattern = JSON.stringify({ detail: { "flow-name": ["numbers"] } });
      await events.send(new CreateArchiveCommand({ ArchiveName: "all", EventSourceArn: EventBusArn, EventPattern }));
      await serve(onBus);
      await dev!.end("SIGINT");
      const { EventCount } = await events.send(new DescribeArchiveCommand({ ArchiveName: "all" }));
      events.destroy();

      expect(log).toContain("Cannot find the event bus `flows`");
      expect(waiting).toBe(2);
      expect(EventCount).toBe(2);
      expect((await items()).filter(({ pk }) => pk === "outbox")).toEqual([]);
    });
  });

  it("says which table it cannot read before it serves anything, and what to do", async () => {
    const { code, stdout, stderr } = await millrace(["dev", "--port", "0", "--data", data, "--table", "elsewhere"], {
      env: environment(),
    });

    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^Cannot read from table `elsewhere` \(ResourceNotFoundException: .*docs\/storage\.md/);
    expect(stderr.trim()).not.toContain("\n");
  });
});

/** An item with what is in its body. */
function readable({ body, ...item }: Record<string, unknown>): unknown {
  if (body === undefined) return item;
  return { ...item, body: brotliDecompressSync(body as Uint8Array).toString() };
}
