import { StartFlowCommand } from "@aws-sdk/client-appflow";
import { describe, expect, it } from "vitest";
import { type Marketo, startMarketo } from "../support/saas/marketo-server.ts";
import { openSaasWorld, type SaasWorld } from "../support/saas/saas-world.ts";

const HOUR = 3_600_000;
const MANY = 20_000;

/** From an application's credentials to Parquet files, through the official client; limits are enforced, and things go wrong. */
describe("Marketo into Parquet", () => {
  it("moves every lead of a stretch of time once, with its types, while things go wrong", async () => {
    await using marketo = await startMarketo({ jobMs: 20 * 60_000, lifetimeMs: 10 * 60_000 });
    await using world = await connected(marketo);
    const { leads, since } = leadsOf(marketo, MANY);
    marketo.put("leads", ...leads);
    // The launch reference's flow: a filter by BETWEEN on updatedAt, and a field that is mapped.
    const bounds = { LOWER_BOUND: String(since - 1), UPPER_BOUND: String(marketo.time.now()) };
    await world.createFlow("leads", {
      ...fromMarketo("leads"),
      tasks: [
        {
          taskType: "Filter",
          connectorOperator: { Marketo: "BETWEEN" },
          sourceFields: ["updatedAt"],
          taskProperties: { DATA_TYPE: "datetime", ...bounds },
        },
        { taskType: "Map_all", sourceFields: [], connectorOperator: { Marketo: "NO_OP" } },
      ],
    });
    const busy = { status: 200, body: { success: false, errors: [{ code: "604", message: "Request timed out" }] } };
    marketo.faults.push("cut", undefined, { status: 500 }, undefined, busy, "malformed", undefined, { status: 503 });

    const record = await world.start("leads");

    expect(record).toMatchObject({ executionStatus: "Successful", executionResult: { recordsProcessed: MANY } });
    const written = await world.takeRecords();
    expect(new Set(written.map(({ id }) => id)).size).toBe(MANY);
    expect(written).toHaveLength(MANY);
    expect(written.find(({ id }) => id === 7n)).toEqual({
      id: 7n,
      email: "ann7@example.com",
      company: 'Söhne, "7"\nGmbH',
      leadScore: 7.5,
      unsubscribed: true,
      createdAt: new Date(leads[6]!.createdAt),
      updatedAt: new Date(leads[6]!.updatedAt),
    });
    expect(written.find(({ id }) => id === 8n)).toMatchObject({ company: null, unsubscribed: false });
    // Two months are two exports, and the first token ended long before they were done.
    expect(marketo.jobs.map(({ outcome }) => outcome)).toEqual([undefined, undefined]);
    expect(marketo.tokens.requests).toBeGreaterThan(1);
    expect(marketo.limit.refused).toBe(0);
    expect(world.app.dump()).not.toContain("canary");
  });

  it.each(["leads", "activities", "programs"])(
    "reads in its next run what is new or changed of %s, once, whatever came at the border",
    async (object) => {
      await using marketo = await startMarketo();
      await using world = await connected(marketo);
      const schedule = { scheduleExpression: "rate(1hours)", dataPullMode: "Incremental" } as const;
      await world.createFlow(object, {
        ...fromMarketo(object),
        triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: schedule } },
      });
      await world.client.send(new StartFlowCommand({ flowName: object }));
      const begin = marketo.time.now();
      // Time passes while a job is waited for, too.
      const untilDue = () => HOUR - ((marketo.time.now() - begin) % HOUR);
      const delivered: string[] = [];
      const take = async () => {
        const keys = (await world.takeRecords()).map((each) => String(each["marketoGUID"] ?? each["id"]));
        delivered.push(...keys);
      };
      for (let round = 0; round < 5; round++) {
        for (let i = 1; i <= 40; i++) {
          // Half of them lie about the border of the window, a quarter of an hour before the run.
          const at = marketo.time.now() + untilDue() - (i % 2 === 0 ? 15 * 60_000 - (i - 20) * 1000 : i * 60_000);
          put(marketo, object, round * 100 + i, at);
        }
        if (round === 2) marketo.faults.push(...Array.from({ length: 100 }, () => ({ status: 500 })));
        const record = await world.tick(object, untilDue());
        marketo.faults.length = 0;
        expect(record.executionStatus).toBe(round === 2 ? "Error" : "Successful");
        await take();
      }
      await world.tick(object, untilDue());
      await take();

      expect(delivered).toHaveLength(new Set(delivered).size);
      expect(delivered).toHaveLength(200);
    },
  );

  it("lets go of a run while Marketo works, and another process goes on with the same jobs", async () => {
    await using marketo = await startMarketo({ jobMs: HOUR });
    await using world = await connected(marketo);
    marketo.put("leads", ...leadsOf(marketo, 3000).leads);
    await world.createFlow("leads", lately(marketo));
    const begin = marketo.time.now();

    const left = await world.start("leads", { shouldStop: () => marketo.time.now() > begin + 5 * 60_000 });

    expect(left.executionStatus).toBe("InProgress");
    const jobs = marketo.jobs.length;
    expect(await world.resume("leads", left.executionId!)).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 3000 },
    });
    expect(jobs).toBeGreaterThan(0);
    expect(marketo.jobs).toHaveLength(2);
  });

  it("fails with what Marketo said, and without the credentials, when they are not accepted any more", async () => {
    await using marketo = await startMarketo();
    await using world = await connected(marketo);
    await world.createFlow("leads", lately(marketo));
    marketo.tokens.revokeAll();

    const { executionStatus, executionResult } = await world.start("leads");

    expect(executionStatus).toBe("Error");
    expect(executionResult!.errorInfo!.executionMessage).toContain("invalid_client");
    expect(executionResult!.errorInfo!.executionMessage).not.toContain("canary");
  });
});

async function connected(marketo: Marketo): Promise<SaasWorld> {
  const world = await openSaasWorld(marketo);
  const { clientId, clientSecret } = marketo.credentials as {
    readonly clientId: string;
    readonly clientSecret: string;
  };
  await world.createProfile({
    connectorProfileName: "mk",
    connectorType: "Marketo",
    connectorProfileConfig: {
      connectorProfileProperties: { Marketo: { instanceUrl: marketo.origin } },
      connectorProfileCredentials: { Marketo: { clientId, clientSecret } },
    },
  });
  return world;
}

function fromMarketo(object: string) {
  return {
    sourceFlowConfig: {
      connectorType: "Marketo" as const,
      connectorProfileName: "mk",
      sourceConnectorProperties: { Marketo: { object } },
    },
    tasks: [{ taskType: "Map_all" as const, sourceFields: [], connectorOperator: { Marketo: "NO_OP" as const } }],
  };
}

/** All leads of the last forty days. */
function lately(marketo: Marketo) {
  const flow = fromMarketo("leads");
  const filter = {
    taskType: "Filter" as const,
    connectorOperator: { Marketo: "GREATER_THAN" as const },
    sourceFields: ["updatedAt"],
    taskProperties: { DATA_TYPE: "datetime", VALUE: String(marketo.time.now() - 40 * 24 * HOUR) },
  };
  return { ...flow, tasks: [filter, ...flow.tasks] };
}

/** A record with a time. Of every third lead what changed does not show in its time. */
function put(marketo: Marketo, object: string, id: number, time: number): void {
  const at = iso(time);
  if (object === "leads") {
    const shown = id % 3 === 0 ? iso(time - 90 * 24 * HOUR) : at;
    marketo.put(object, { id, createdAt: shown, updatedAt: shown, changedAt: at });
  } else if (object === "programs") {
    marketo.put(object, { id, name: `Program ${id}`, createdAt: `${at}+0000`, updatedAt: `${at}+0000` });
  } else marketo.put(object, { marketoGUID: String(id), leadId: 1, activityDate: at, activityTypeId: 1 });
}

/** Leads that changed in the last forty days. */
function leadsOf(marketo: Marketo, count: number) {
  const since = marketo.time.now() - 40 * 24 * HOUR;
  const stepMs = (39 * 24 * HOUR) / count;
  const leads = Array.from({ length: count }, (_, i) => {
    const id = i + 1;
    const company = id % 2 === 0 ? null : `Söhne, "${id}"\nGmbH`;
    const at = iso(since + id * stepMs);
    const email = `ann${id}@example.com`;
    return { id, email, company, leadScore: id + 0.5, unsubscribed: id % 2 === 1, createdAt: at, updatedAt: at };
  });
  return { leads, since };
}

function iso(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000", "");
}
