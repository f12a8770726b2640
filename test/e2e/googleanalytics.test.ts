import { type CreateFlowCommandInput, StartFlowCommand } from "@aws-sdk/client-appflow";
import { describe, expect, it } from "vitest";
import { type Analytics, dayIn, type Fact, startAnalytics } from "../support/saas/analytics-server.ts";
import { openSaasWorld, type SaasWorld } from "../support/saas/saas-world.ts";
import type { Fault } from "../support/saas/stand-in.ts";

const DAY = 24 * 3_600_000;
const PER_DAY = 400;

/** From a log-in to Parquet files, through the official client; quotas are enforced, and things go wrong. */
describe("Google Analytics into Parquet", () => {
  it("moves every row of thirty days once, with its types, while things go wrong", async () => {
    await using google = await startAnalytics({ pageSize: 150, lifetimeMs: 3_600_000, tokensPerHour: 700 });
    await using world = await connected(google);
    for (let day = 1; day <= 30; day++) put(google, google.time.now() - day * DAY, PER_DAY);
    await world.createFlow("report", fromGoogle("properties/1"));
    const faults: readonly Fault[] = ["cut", "malformed", { status: 500 }, { status: 503 }];
    google.faults.push(...faults.flatMap((fault) => [undefined, undefined, fault]));

    const record = await world.start("report");

    expect(record).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 30 * PER_DAY },
    });
    const written = await world.takeRecords();
    const keys = written.map(({ date, pagePath }) => `${String(date)} ${String(pagePath)}`);
    expect(new Set(keys).size).toBe(30 * PER_DAY);
    expect(written).toHaveLength(30 * PER_DAY);
    expect(written[0]).toEqual({
      date: "2029-12-02",
      pagePath: "/page/0",
      activeUsers: 1n,
      totalRevenue: 0.5,
      "report:isSampled": false,
    });
    // Ninety reports are more than an hour's tokens allow, and its first access token ended meanwhile.
    expect(google.refused()).toBe(0);
    expect(google.tokens.requests).toBeGreaterThan(1);
    expect(world.app.dump()).not.toContain("canary");
  });

  it("reads in its next runs the days that are over, and of days before what has changed since", async () => {
    await using google = await startAnalytics({ pageSize: 30, timeZone: "Pacific/Auckland" });
    await using world = await connected(google);
    const schedule = { scheduleExpression: "rate(1days)", dataPullMode: "Incremental" } as const;
    await world.createFlow("report", {
      ...fromGoogle("properties/1"),
      triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: schedule } },
    });
    await world.client.send(new StartFlowCommand({ flowName: "report" }));
    const rows = google.facts.get("1")!;
    const expected: string[] = [];
    const delivered: string[] = [];
    for (let round = 0; round < 6; round++) {
      // What happens today, and a click of two days ago that is counted only now.
      put(google, google.time.now(), 40);
      expected.push(...rows.slice(-40).map(versionOf));
      const late = rows.at(-100);
      if (late !== undefined) {
        rows[rows.length - 100] = { ...late, activeUsers: Number(late["activeUsers"]) + 1000 };
        expected.push(versionOf(rows.at(-100)!));
      }
      if (round === 3) google.faults.push(...Array.from({ length: 100 }, () => ({ status: 500 })));
      const record = await world.tick("report", DAY);
      google.faults.length = 0;
      expect(record.executionStatus).toBe(round === 3 ? "Error" : "Successful");
      delivered.push(...(await world.takeRecords()).map(versionOf));
    }
    await world.tick("report", DAY);
    delivered.push(...(await world.takeRecords()).map(versionOf));

    expect(delivered).toHaveLength(new Set(delivered).size);
    // A row that changed again before anybody read it was never seen.
    expect(delivered.filter((version) => !expected.includes(version))).toEqual([]);
    expect(rows.map(versionOf).filter((version) => !delivered.includes(version))).toEqual([]);
    expect(delivered.length).toBeGreaterThan(rows.length);
  });

  it("keeps what it has read when it lets go of a run while it waits for tokens, so that it gets to an end", async () => {
    await using google = await startAnalytics({ pageSize: 150, tokensPerHour: 300 });
    await using world = await connected(google);
    for (let day = 1; day <= 30; day++) put(google, google.time.now() - day * DAY, PER_DAY);
    await world.createFlow("report", fromGoogle("properties/1"));
    // Each process lives a quarter of an hour, as a function does.
    const lives = () => {
      const until = google.time.now() + 15 * 60_000;
      return { shouldStop: () => google.time.now() > until };
    };

    let record = await world.start("report", lives());
    let processes = 1;
    for (; record.executionStatus === "InProgress" && processes < 50; processes++) {
      google.time.pass(45 * 60_000);
      record = await world.resume("report", record.executionId!, lives());
    }

    expect(record).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 30 * PER_DAY },
    });
    const keys = (await world.takeRecords()).map(({ date, pagePath }) => `${String(date)} ${String(pagePath)}`);
    expect(keys).toHaveLength(new Set(keys).size);
    expect(keys).toHaveLength(30 * PER_DAY);
    expect(processes).toBeGreaterThan(2);
  });

  it("takes the launch reference's flow, and says what to do about a view that does not answer any more", async () => {
    await using google = await startAnalytics();
    await using world = await connected(google);
    const taskProperties = { SOURCE_DATA_TYPE: "integer" };
    const task = { taskType: "Map" as const, sourceFields: ["url"], destinationField: "url", taskProperties };
    await world.createFlow("seed", { ...fromGoogle("view-1"), tasks: [task] });

    const { executionStatus, executionResult } = await world.start("seed");

    expect(executionStatus).toBe("Error");
    expect(executionResult!.errorInfo!.executionMessage).toContain("name a property, as properties/123456789");
    expect(google.calls).toEqual([]);
  });

  it("fails with what Google said, and without the credentials, when they are not accepted any more", async () => {
    await using google = await startAnalytics();
    await using world = await connected(google);
    await world.createFlow("report", fromGoogle("properties/1"));
    google.tokens.revokeAll();

    const { executionStatus, executionResult } = await world.start("report");

    expect(executionStatus).toBe("Error");
    expect(executionResult!.errorInfo!.executionMessage).toContain("invalid_grant");
    expect(executionResult!.errorInfo!.executionMessage).not.toContain("canary");
  });
});

async function connected(google: Analytics): Promise<SaasWorld> {
  google.facts.set("1", []);
  const world = await openSaasWorld(google);
  const { clientId, clientSecret } = google.credentials as { readonly clientId: string; readonly clientSecret: string };
  await world.createProfile({
    connectorProfileName: "ga",
    connectorType: "Googleanalytics",
    connectorProfileConfig: {
      connectorProfileProperties: { GoogleAnalytics: {} },
      connectorProfileCredentials: {
        GoogleAnalytics: {
          clientId,
          clientSecret,
          oAuthRequest: { authCode: google.tokens.code(), redirectUri: "https://example.com/callback" },
        },
      },
    },
  });
  return world;
}

function fromGoogle(object: string): Pick<CreateFlowCommandInput, "sourceFlowConfig" | "tasks"> {
  const fields = ["date", "pagePath", "activeUsers", "totalRevenue", "report:isSampled"];
  return {
    sourceFlowConfig: {
      connectorType: "Googleanalytics",
      connectorProfileName: "ga",
      sourceConnectorProperties: { GoogleAnalytics: { object } },
    },
    tasks: [
      { taskType: "Filter", connectorOperator: { GoogleAnalytics: "PROJECTION" }, sourceFields: fields },
      ...fields.map((field) => ({ taskType: "Map" as const, sourceFields: [field], destinationField: field })),
    ],
  };
}

/** Rows of the day of a time, in the property's time zone. */
function put(google: Analytics, time: number, count: number): void {
  const date = dayIn(time, "Pacific/Auckland");
  const facts = Array.from({ length: count }, (_, i): Fact => {
    return { date, pagePath: `/page/${i}`, activeUsers: i + 1, totalRevenue: i + 0.5 };
  });
  google.facts.get("1")!.push(...facts);
}

function versionOf({ date, pagePath, activeUsers }: Readonly<Record<string, unknown>>): string {
  return `${String(date).replaceAll("-", "")} ${String(pagePath)} ${String(activeUsers)}`;
}
