import { StartFlowCommand } from "@aws-sdk/client-appflow";
import { describe, expect, it } from "vitest";
import { openSaasWorld, type SaasWorld } from "../support/saas/saas-world.ts";
import type { Fault } from "../support/saas/stand-in.ts";
import { startZendesk, type Zendesk } from "../support/saas/zendesk-server.ts";

const HOUR = 3_600_000;
const LINES = { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "lake" } } } as const;
/** With MILLRACE_SAAS_RECORDS as many as are wanted. */
const MANY = Number(process.env["MILLRACE_SAAS_RECORDS"] ?? 30_000);

/** From a log-in to Parquet files, through the official client; Zendesk's limits are enforced, and things go wrong. */
describe("Zendesk into Parquet", () => {
  it("moves every ticket once, with its types, while things go wrong", async () => {
    await using zendesk = await startZendesk({ lifetimeMs: 10 * 60_000 });
    await using world = await connected(zendesk);
    for (let id = 1; id <= MANY; id++) putTicket(zendesk, 46_407_218_913_169 + id, { at: zendesk.time.now() - HOUR });
    await world.createFlow("tickets", fromZendesk("tickets"));
    const faults: readonly Fault[] = ["cut", "malformed", { status: 500 }, { status: 429 }, { status: 503 }];
    zendesk.faults.push(...faults.flatMap((fault) => [undefined, undefined, fault]));

    const record = await world.start("tickets");

    expect(record).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: MANY },
    });
    expect(world.files()).toHaveLength(1);
    const written = await world.takeRecords();
    expect(new Set(written.map(({ id }) => id)).size).toBe(MANY);
    expect(written).toHaveLength(MANY);
    expect(written[0]).toMatchObject({ id: 46_407_218_913_170n, custom_field_7: 0.1, custom_field_8: "gold" });
    expect(Object.keys(written[0]!)).not.toContain("fields");
    // At ten exports a minute the first token has ended long before the end; no refresh was refused.
    expect(zendesk.tokens.requests).toBeGreaterThan(0);
    expect(zendesk.exportLimit.refused).toBe(0);
    expect(world.app.dump()).not.toContain("canary");
  });

  it("reads in its next run what is new or changed, once, whatever came at the border", async () => {
    await using zendesk = await startZendesk();
    await using world = await connected(zendesk);
    const schedule = { scheduleExpression: "rate(1hours)", dataPullMode: "Incremental" } as const;
    await world.createFlow("tickets", {
      ...fromZendesk("tickets"),
      triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: schedule } },
    });
    await world.client.send(new StartFlowCommand({ flowName: "tickets" }));
    const delivered: string[] = [];
    const expected: string[] = [];
    for (let round = 0; round < 5; round++) {
      for (let id = 1; id <= 40; id++) {
        // Some are new, some changed, and half of them in the very minute of the run.
        const at = zendesk.time.now() + HOUR - (id % 2 === 0 ? 30_000 : id * 60_000);
        const ticket = putTicket(zendesk, round * 20 + id, { at });
        expected.push(`${ticket.id}@${String(ticket["generated_timestamp"])}`);
      }
      if (round === 2) zendesk.faults.push(...Array.from({ length: 100 }, () => ({ status: 500 })));
      const record = await world.tick("tickets", HOUR);
      zendesk.faults.length = 0;
      expect(record.executionStatus).toBe(round === 2 ? "Error" : "Successful");
      delivered.push(...(await versionsIn(world)));
    }
    await world.tick("tickets", HOUR);
    delivered.push(...(await versionsIn(world)));

    expect(delivered).toHaveLength(new Set(delivered).size);
    // A version that was changed again before anybody read it was never seen.
    const last = new Map(expected.map((version) => [version.split("@")[0], version]));
    expect([...last.values()].filter((version) => !delivered.includes(version))).toEqual([]);
    expect(delivered.filter((version) => !expected.includes(version))).toEqual([]);
  });

  it("asks for no more than a filter lets through, and lets no more through than the filter", async () => {
    await using zendesk = await startZendesk();
    await using world = await connected(zendesk);
    const start = zendesk.time.now() - HOUR;
    for (let id = 1; id <= 100; id++) putTicket(zendesk, id, { at: start + id * 500 });
    const after = { sourceFields: ["updated_at"], connectorOperator: { Zendesk: "GREATER_THAN" as const } };
    const { tasks, ...flow } = fromZendesk("tickets");
    await world.createFlow("tickets", {
      ...flow,
      tasks: [
        { taskType: "Filter", ...after, taskProperties: { DATA_TYPE: "datetime", VALUE: String(start + 40_250) } },
        ...tasks,
      ],
    });

    const record = await world.start("tickets");

    const ids = (await world.takeRecords()).map(({ id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => i + 81));
    expect(record.executionResult!.recordsProcessed).toBe(20);
    const exports = zendesk.calls.filter(({ url }) => url.pathname.includes("incremental"));
    expect(exports.map(({ url }) => Number(url.searchParams.get("start_time")) * 1000)).toEqual(
      exports.map(() => start + 40_000),
    );
  });

  it("keeps a connection alive that two flows use when its token ends", async () => {
    await using zendesk = await startZendesk();
    await using world = await connected(zendesk);
    for (let id = 1; id <= 3000; id++) putTicket(zendesk, id, { at: zendesk.time.now() - HOUR });
    for (const name of ["one", "two"]) await world.createFlow(name, fromZendesk("tickets"));
    const before = zendesk.tokens.requests;
    zendesk.tokens.expireAll();

    const records = await Promise.all([world.start("one"), world.start("two")]);

    expect(records.map(({ executionStatus }) => executionStatus)).toEqual(["Successful", "Successful"]);
    expect(zendesk.tokens.requests - before).toBe(1);
  });

  it("lets go of a run while it waits for Zendesk, and another process goes on with it", async () => {
    await using zendesk = await startZendesk();
    await using world = await connected(zendesk);
    for (let id = 1; id <= 3000; id++) putTicket(zendesk, id, { at: zendesk.time.now() - HOUR });
    await world.createFlow("tickets", { ...fromZendesk("tickets"), destinationFlowConfigList: [LINES] });
    zendesk.faults.push(undefined, { status: 429, headers: { "retry-after": "600" } });
    const begin = zendesk.time.now();

    const left = await world.start("tickets", { shouldStop: () => zendesk.time.now() > begin + 5000 });

    expect(left.executionStatus).toBe("InProgress");
    expect(zendesk.time.now() - begin).toBeLessThan(10_000);
    expect(await world.resume("tickets", left.executionId!)).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 3000 },
    });
  });

  it("fails with what Zendesk said, and without the credentials, when they are not accepted any more", async () => {
    await using zendesk = await startZendesk();
    await using world = await connected(zendesk);
    await world.createFlow("tickets", fromZendesk("tickets"));
    zendesk.tokens.revokeAll();

    const { executionStatus, executionResult } = await world.start("tickets");

    expect(executionStatus).toBe("Error");
    expect(executionResult!.errorInfo!.executionMessage).toContain("invalid_grant");
    expect(executionResult!.errorInfo!.executionMessage).not.toContain("canary");
  });
});

async function connected(zendesk: Zendesk): Promise<SaasWorld> {
  const world = await openSaasWorld(zendesk);
  const { clientId, clientSecret } = zendesk.credentials as {
    readonly clientId: string;
    readonly clientSecret: string;
  };
  await world.createProfile({
    connectorProfileName: "desk",
    connectorType: "Zendesk",
    connectorProfileConfig: {
      connectorProfileProperties: { Zendesk: { instanceUrl: zendesk.origin } },
      connectorProfileCredentials: {
        Zendesk: {
          clientId,
          clientSecret,
          oAuthRequest: { authCode: zendesk.tokens.code(), redirectUri: "https://example.com/callback" },
        },
      },
    },
  });
  return world;
}

function fromZendesk(object: string) {
  return {
    sourceFlowConfig: {
      connectorType: "Zendesk" as const,
      connectorProfileName: "desk",
      sourceConnectorProperties: { Zendesk: { object } },
    },
    tasks: [{ taskType: "Map_all" as const, sourceFields: [], connectorOperator: { Zendesk: "NO_OP" as const } }],
  };
}

function putTicket(zendesk: Zendesk, id: number, { at }: { readonly at: number }) {
  const custom_fields = [
    { id: 7, value: 0.1 },
    { id: 8, value: "gold" },
  ];
  const ticket = {
    id,
    subject: `Ticket ${id}`,
    status: "open",
    created_at: new Date(at).toISOString(),
    updated_at: new Date(at).toISOString(),
    generated_timestamp: Math.floor(at / 1000),
    custom_fields,
    fields: custom_fields,
  };
  zendesk.put("tickets", ticket);
  return ticket as typeof ticket & Record<string, unknown>;
}

async function versionsIn(world: SaasWorld): Promise<string[]> {
  return (await world.takeRecords()).map(
    (record) => `${String(record["id"])}@${String(record["generated_timestamp"])}`,
  );
}
