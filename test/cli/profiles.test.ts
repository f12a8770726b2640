import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  AppflowClient,
  CreateConnectorProfileCommand,
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DescribeConnectorEntityCommand,
  DescribeFlowExecutionRecordsCommand,
  ListConnectorEntitiesCommand,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DevServer, millrace, startDev } from "../support/cli.ts";
import { startZendesk, type Zendesk } from "../support/saas/zendesk-server.ts";

/** A profile that is made through `millrace dev`, and what reads with it: the engine, and the commands beside it. */
describe("flows with a profile", () => {
  let folder: string;
  let zendesk: Zendesk;
  let env: Record<string, string>;
  let dev: DevServer;

  const flow: CreateFlowCommandInput = {
    flowName: "groups",
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "Zendesk",
      connectorProfileName: "desk",
      sourceConnectorProperties: { Zendesk: { object: "groups" } },
    },
    destinationFlowConfigList: [
      { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "lake" } } },
    ],
    tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { Zendesk: "NO_OP" } }],
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-profiles-"));
    await mkdir(join(folder, "data", "buckets", "lake"), { recursive: true });
    zendesk = await startZendesk();
    for (let id = 1; id <= 250; id++) zendesk.put("groups", { id, name: `Group ${id}` });
    env = { MILLRACE_KEY_FILE: join(folder, "key"), MILLRACE_ALLOW_ORIGINS: zendesk.origin };
    dev = await startDev(join(folder, "data"), [], env);
    const { credentials: Zendesk } = zendesk;
    const { clientId, clientSecret } = Zendesk as { readonly clientId: string; readonly clientSecret: string };
    const oAuthRequest = { authCode: zendesk.tokens.code(), redirectUri: "https://example.com/" };
    await client().send(
      new CreateConnectorProfileCommand({
        connectorProfileName: "desk",
        connectorType: "Zendesk",
        connectionMode: "Public",
        connectorProfileConfig: {
          connectorProfileProperties: { Zendesk: { instanceUrl: zendesk.origin } },
          connectorProfileCredentials: { Zendesk: { clientId, clientSecret, oAuthRequest } },
        },
      }),
    );
  });

  afterEach(async () => {
    await dev.end("SIGINT");
    await zendesk[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  function client(): AppflowClient {
    const { endpoint, region, accessKeyId, secretAccessKey } = dev;
    return new AppflowClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  }

  it("are run by the engine, which looks around with it, too", async () => {
    await client().send(new CreateFlowCommand(flow));
    await client().send(new StartFlowCommand({ flowName: "groups" }));
    const entities = await client().send(new ListConnectorEntitiesCommand({ connectorProfileName: "desk" }));
    const fields = await client().send(
      new DescribeConnectorEntityCommand({ connectorProfileName: "desk", connectorEntityName: "groups" }),
    );

    expect(entities.connectorEntityMap!["Objects"]!.map(({ name }) => name)).toContain("groups");
    expect(fields.connectorEntityFields!.map(({ identifier }) => identifier)).toContain("name");
    expect(await endOfRun()).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 250 },
    });
  });

  it("are run by `millrace run` with the profiles of the data folder, in which new tokens stay", async () => {
    const file = join(folder, "flow.json");
    await writeFile(file, JSON.stringify(flow));
    await mkdir(join(folder, "lake"));
    zendesk.tokens.expireAll();
    const issued = zendesk.tokens.issued.length;

    const args = [file, "--data", join(folder, "data"), "--bucket", `lake=${join(folder, "lake")}`];
    const ran = await millrace(["run", ...args, "--json"], { env });
    const shown = await millrace(["preview", ...args, "--limit", "2"], { env });

    expect(ran.stderr).toBe("");
    const { objects } = JSON.parse(ran.stdout) as { objects: { key: string; records: number }[] };
    expect(objects.map(({ records }) => records)).toEqual([250]);
    const lines = (await readFile(join(folder, "lake", objects[0]!.key), "utf8")).trim().split("\n");
    expect(lines[0]).toBe('{"id":1,"name":"Group 1"}');
    expect(shown.stdout.trim().split("\n")).toHaveLength(2);
    // The token that the run got was good for the preview.
    expect(zendesk.tokens.issued.length - issued).toBe(2);
    expect(ran.stdout + ran.stderr + shown.stdout + shown.stderr + dev.log()).not.toContain("canary");
  });

  it("have a time of the past read again by `millrace backfill`", async () => {
    for (let id = 1; id <= 40; id++) {
      zendesk.put("tickets", { id, generated_timestamp: Date.parse("2026-01-01T00:00:00Z") / 1000 + id * 3600 });
    }
    const schedule = { scheduleExpression: "rate(1hours)", dataPullMode: "Incremental" } as const;
    const source = { ...flow.sourceFlowConfig, sourceConnectorProperties: { Zendesk: { object: "tickets" } } };
    await client().send(
      new CreateFlowCommand({
        ...flow,
        flowName: "tickets",
        sourceFlowConfig: source as CreateFlowCommandInput["sourceFlowConfig"],
        triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: schedule } },
      }),
    );

    const range = ["--from", "2026-01-01T10:00:00Z", "--to", "2026-01-01T20:00:00Z"];
    const { code, stdout, stderr } = await millrace(
      ["backfill", "tickets", ...range, "--data", join(folder, "data"), "--json"],
      { env },
    );

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout.trim().split("\n")[0]!)).toMatchObject({ counts: { destinations: [{ written: 10 }] } });
  });

  it("say where profiles are looked for, when there are none", async () => {
    const file = join(folder, "flow.json");
    await writeFile(file, JSON.stringify(flow));

    const args = [file, "--data", join(folder, "elsewhere"), "--bucket", `lake=${folder}`];
    const { code, stderr } = await millrace(["run", ...args], { env });

    expect(code).toBe(1);
    expect(stderr).toContain("read through the profile desk");
    expect(stderr).toContain("--data DIR");
  });

  async function endOfRun() {
    for (;;) {
      const { flowExecutions } = await client().send(new DescribeFlowExecutionRecordsCommand({ flowName: "groups" }));
      const [record] = flowExecutions!;
      if (record!.executionStatus !== "InProgress") return record;
      await setTimeout(50);
    }
  }
});
