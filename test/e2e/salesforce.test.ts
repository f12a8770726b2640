import { StartFlowCommand } from "@aws-sdk/client-appflow";
import type { SalesforceSourceProperties, Task } from "@aws-sdk/client-appflow";
import { describe, expect, it } from "vitest";
import { ACCOUNT, accountItem, idOf } from "../support/saas/salesforce-objects.ts";
import { type Salesforce, startSalesforce } from "../support/saas/salesforce-server.ts";
import { openSaasWorld, type SaasWorld } from "../support/saas/saas-world.ts";
import type { Fault } from "../support/saas/stand-in.ts";

const HOUR = 3_600_000;
const APPLICATION = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:crm/app-AbCdEf";
/** With MILLRACE_SAAS_RECORDS as many as are wanted. */
const MANY = Number(process.env["MILLRACE_SAAS_RECORDS"] ?? 20_000);

/** From a log-in to Parquet files, through the official client, while things go wrong. */
describe("Salesforce into Parquet", () => {
  it("moves every record once, with its types, while things go wrong", async () => {
    await using salesforce = await startSalesforce();
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    const saved = salesforce.time.now() - HOUR;
    for (let n = 1; n <= MANY; n++) salesforce.put("Account", accountItem(n, saved));
    salesforce.put("Account", { ...accountItem(MANY + 1, salesforce.time.now()), IsDeleted: true });
    await world.createFlow("accounts", fromSalesforce({ object: "Account" }));
    const faults: readonly Fault[] = ["cut", "malformed", { status: 500 }, { status: 420 }, { status: 503 }];
    salesforce.faults.push(...faults.flatMap((fault) => [undefined, fault]));
    salesforce.tokens.expireAll();

    const record = await world.start("accounts");

    expect(record).toMatchObject({ executionStatus: "Successful", executionResult: { recordsProcessed: MANY } });
    const written = await world.takeRecords();
    expect(new Set(written.map(({ Id }) => Id)).size).toBe(MANY);
    expect(written).toHaveLength(MANY);
    expect(written[1]).toMatchObject({
      Id: idOf("001", 2),
      IsDeleted: false,
      SystemModstamp: new Date(saved),
      BillingAddress: { city: "Zürich", latitude: 47.3769, stateCode: null },
      AnnualRevenue: 350_000_000.5,
      NumberOfEmployees: 2,
      LastActivityDate: new Date("2029-12-24"),
      Active__c: true,
      Opens__c: "10:15:00.000Z",
    });
    expect(written[0]).toMatchObject({ AnnualRevenue: 0, NumberOfEmployees: null, BillingAddress: null });
    expect(Object.keys(written[0]!)).not.toContain("attributes");
    expect(salesforce.faults).toEqual([]);
    expect(world.app.dump()).not.toContain("canary");
  });

  it("moves the same records by bulk and by REST, while pages break off and the session ends", async () => {
    await using salesforce = await startSalesforce({ resultSize: 1500, looks: 3 });
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    for (let n = 1; n <= 5000; n++) salesforce.put("Account", accountItem(n, salesforce.time.now() - HOUR));
    for (const dataTransferApi of ["BULKV2", "REST_SYNC"] as const) {
      const { tasks, ...flow } = fromSalesforce({ object: "Account", dataTransferApi });
      const withoutCompounds = tasks.map((task) => ({
        ...task,
        taskProperties: { EXCLUDE_SOURCE_FIELDS_LIST: '["BillingAddress","Place__c"]' },
      }));
      await world.createFlow(dataTransferApi, { ...flow, tasks: withoutCompounds });
    }
    salesforce.faults.push(...Array.from({ length: 8 }, () => undefined), "cut", undefined, "cut", { status: 503 });
    salesforce.tokens.expireAll();

    const byBulk = await world.start("BULKV2");
    const bulk = await world.takeRecords();
    await world.start("REST_SYNC");

    expect(byBulk).toMatchObject({ executionStatus: "Successful", executionResult: { recordsProcessed: 5000 } });
    expect(salesforce.faults).toEqual([]);
    expect(bulk).toHaveLength(5000);
    expect(bulk).toEqual(await world.takeRecords());
  });

  it("reads a million by bulk, each slice by its job, which another process goes on with", async () => {
    await using salesforce = await startSalesforce({ tellsCount: (found) => found * 500, looks: 5, resultSize: 800 });
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    for (let n = 1; n <= 4000; n++) salesforce.put("Account", accountItem(n, salesforce.time.now() - n * HOUR));
    await world.createFlow("accounts", fromSalesforce({ object: "Account" }));
    let looks = 0;

    const left = await world.start("accounts", { shouldStop: () => ++looks > 12 });
    const jobs = salesforce.jobs.size;
    const done = await world.resume("accounts", left.executionId!);

    expect(left.executionStatus).toBe("InProgress");
    expect(jobs).toBeGreaterThan(1);
    expect(salesforce.jobs.size).toBe(jobs);
    expect(done).toMatchObject({ executionStatus: "Successful", executionResult: { recordsProcessed: 4000 } });
    const written = await world.takeRecords();
    expect(new Set(written.map(({ Id }) => Id)).size).toBe(4000);
    expect(written.find(({ Id }) => Id === idOf("001", 2))).toMatchObject({ BillingAddress: { city: "Zürich" } });
  });

  it("reads in its next run what is new or changed, once, and what was saved before and seen late", async () => {
    await using salesforce = await startSalesforce();
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    const schedule = { scheduleExpression: "rate(1hours)", dataPullMode: "Incremental" } as const;
    await world.createFlow("accounts", {
      ...fromSalesforce({ object: "Account" }),
      triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: schedule } },
    });
    await world.client.send(new StartFlowCommand({ flowName: "accounts" }));
    const delivered: string[] = [];
    const expected = new Set<string>();
    for (let round = 0; round < 5; round++) {
      // Each round some records are new and some changed, many of them in one second.
      for (let n = 1; n <= 40; n++) {
        const item = accountItem(round * 20 + n, salesforce.time.now() + HOUR - Math.floor(n / 10) * 60_000);
        salesforce.put("Account", item);
        expected.add(`${item.Id}@${item.SystemModstamp}`);
      }
      // Its transaction ended after the run before this one had read.
      const late = accountItem(1000 + round, salesforce.time.now() - 8 * 60_000);
      salesforce.put("Account", late);
      expected.add(`${late.Id}@${late.SystemModstamp}`);
      if (round === 2) salesforce.faults.push(...Array.from({ length: 100 }, () => ({ status: 500 })));
      const record = await world.tick("accounts", HOUR);
      salesforce.faults.length = 0;
      expect(record.executionStatus).toBe(round === 2 ? "Error" : "Successful");
      delivered.push(...(await versionsIn(world)));
    }
    await world.tick("accounts", HOUR);
    delivered.push(...(await versionsIn(world)));

    expect(delivered).toHaveLength(new Set(delivered).size);
    // A version that was changed again before anybody read it was never seen.
    const last = new Map([...expected].map((version) => [version.split("@")[0], version]));
    expect([...last.values()].filter((version) => !delivered.includes(version))).toEqual([]);
    expect(delivered.filter((version) => !expected.has(version))).toEqual([]);
  });

  it("takes a field in that came after the flow was made", async () => {
    await using salesforce = await startSalesforce();
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    salesforce.put("Account", accountItem(1, salesforce.time.now()));
    await world.createFlow("accounts", fromSalesforce({ object: "Account", enableDynamicFieldUpdate: true }));
    await world.start("accounts");
    const before = await world.takeRecords();
    salesforce.define("Account", [...ACCOUNT, { name: "Tier__c", type: "string", length: 10 }]);
    salesforce.put("Account", { ...accountItem(1, salesforce.time.now()), Tier__c: "gold" });

    await world.start("accounts");

    expect(before.map(({ Tier__c }) => Tier__c)).toEqual([undefined]);
    expect((await world.takeRecords()).map(({ Tier__c }) => Tier__c)).toEqual(["gold"]);
  });

  it("gives deleted records where the flow includes them", async () => {
    await using salesforce = await startSalesforce();
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    for (let n = 1; n <= 4; n++) {
      salesforce.put("Account", { ...accountItem(n, salesforce.time.now()), IsDeleted: n === 3 });
    }
    const tasks: Task[] = [mapped("Id", "Id")];
    for (const includeDeletedRecords of [true, false]) {
      const flow = fromSalesforce({ object: "Account", includeDeletedRecords });
      await world.createFlow(`deleted-${includeDeletedRecords}`, { ...flow, tasks });
    }

    await world.start("deleted-true");
    const all = await world.takeRecords();
    await world.start("deleted-false");

    expect(all).toHaveLength(4);
    expect((await world.takeRecords()).map(({ Id }) => Id)).not.toContain(idOf("001", 3));
  });

  it("runs the launch reference's flow of accounts: two dates, asked for by the object's name in lower case", async () => {
    await using salesforce = await startSalesforce();
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    for (let n = 1; n <= 2; n++) salesforce.put("Account", accountItem(n, salesforce.time.now()));
    await world.createFlow("seedSf", {
      ...fromSalesforce({ object: "account" }),
      tasks: [mapped("CreatedDate", "CreatedDate"), mapped("LastActivityDate", "LastActivityDate")],
    });

    await world.start("seedSf");

    const at = new Date(salesforce.time.now());
    expect(await world.takeRecords()).toEqual([
      { CreatedDate: at, LastActivityDate: null },
      { CreatedDate: at, LastActivityDate: new Date("2029-12-24") },
    ]);
    expect(salesforce.queries.at(-1)).toBe("SELECT Id,CreatedDate,LastActivityDate FROM Account ORDER BY Id");
  });

  it("runs the launch reference's fragments put together: a projection, and an id under another name", async () => {
    await using salesforce = await startSalesforce();
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    salesforce.put("Account", accountItem(1, salesforce.time.now()));
    const projection: Task = {
      taskType: "Filter",
      connectorOperator: { Salesforce: "PROJECTION" },
      sourceFields: ["Id", "Name"],
    };
    await world.createFlow("seedJava", {
      ...fromSalesforce({ object: "Account" }),
      tasks: [projection, mapped("Id", "AccountId")],
    });

    await world.start("seedJava");

    expect(await world.takeRecords()).toEqual([{ AccountId: idOf("001", 1) }]);
  });

  it("logs in with a signed token, and again when the session has ended", async () => {
    await using salesforce = await startSalesforce({
      acceptsAssertion: (assertion) => assertion === "signed.canary.token",
    });
    salesforce.define("Account", ACCOUNT);
    await using world = await openSaasWorld(salesforce);
    await world.createProfile({
      connectorProfileName: "crm",
      connectorType: "Salesforce",
      connectorProfileConfig: {
        connectorProfileProperties: { Salesforce: {} },
        connectorProfileCredentials: { Salesforce: { oAuth2GrantType: "JWT_BEARER", jwtToken: "signed.canary.token" } },
      },
    });
    salesforce.put("Account", accountItem(1, salesforce.time.now()));
    await world.createFlow("accounts", fromSalesforce({ object: "Account" }));
    salesforce.tokens.expireAll();

    const record = await world.start("accounts");

    expect(record.executionStatus).toBe("Successful");
    expect(salesforce.tokens.requests).toBe(2);
    expect(world.app.dump()).not.toContain("canary");
  });

  it("fails with what Salesforce said, and without the credentials, when they are not accepted any more", async () => {
    await using salesforce = await startSalesforce();
    salesforce.define("Account", ACCOUNT);
    await using world = await connected(salesforce);
    await world.createFlow("accounts", fromSalesforce({ object: "Account" }));
    salesforce.tokens.revokeAll();

    const { executionStatus, executionResult } = await world.start("accounts");

    expect(executionStatus).toBe("Error");
    expect(executionResult!.errorInfo!.executionMessage).toContain("invalid_grant");
    expect(executionResult!.errorInfo!.executionMessage).not.toContain("canary");
  });
});

/** A profile with a refresh token, an application of one's own, and the access token that tools want to have there. */
async function connected(salesforce: Salesforce): Promise<SaasWorld> {
  const world = await openSaasWorld(salesforce);
  const { clientId, clientSecret, refreshToken } = salesforce.credentials;
  const { vault } = world.app.ports;
  const read = vault.read.bind(vault);
  vault.read = async (arn) =>
    arn === APPLICATION
      ? { credentials: { clientId: clientId!, clientSecret: clientSecret! }, version: "1" }
      : read(arn);
  await world.createProfile({
    connectorProfileName: "crm",
    connectorType: "Salesforce",
    connectorProfileConfig: {
      connectorProfileProperties: { Salesforce: { instanceUrl: salesforce.origin, isSandboxEnvironment: false } },
      connectorProfileCredentials: {
        Salesforce: { accessToken: "dummy", refreshToken: refreshToken as string, clientCredentialsArn: APPLICATION },
      },
    },
  });
  return world;
}

function fromSalesforce(source: SalesforceSourceProperties) {
  return {
    sourceFlowConfig: {
      connectorType: "Salesforce" as const,
      connectorProfileName: "crm",
      sourceConnectorProperties: { Salesforce: source },
    },
    tasks: [{ taskType: "Map_all" as const, sourceFields: [], connectorOperator: { Salesforce: "NO_OP" as const } }],
  };
}

function mapped(from: string, to: string): Task {
  return { taskType: "Map", connectorOperator: { Salesforce: "NO_OP" }, sourceFields: [from], destinationField: to };
}

async function versionsIn(world: SaasWorld): Promise<string[]> {
  return (await world.takeRecords()).map(
    ({ Id, SystemModstamp }) => `${String(Id)}@${(SystemModstamp as Date).toISOString()}`,
  );
}
