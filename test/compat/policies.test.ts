import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as appflow from "@aws-sdk/client-appflow";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import type { AccessKey } from "../../src/api/key-store.ts";
import { OPERATIONS } from "../../src/api/operation-table.ts";
import { parsePolicy } from "../../src/api/parse-policy.ts";
import type { Json } from "../../src/sdk/json.ts";
import { Secret } from "../../src/sdk/secret.ts";
import { type ServedApp, serveApp } from "../support/appflow-client.ts";
import { sampleFlow } from "../support/sample-flow.ts";
import { sampleProfile, sampleRegistration } from "../support/sample-profile.ts";
import { flowBody, FULL_KEY } from "../support/test-app.ts";

const PREFIX = "arn:aws:appflow:eu-west-1:111122223333:";
const ORDERS = `${PREFIX}flow/orders`;

/** A call of every operation about something that there is, or that it would make. */
const COMMANDS: Readonly<Record<string, object>> = {
  CreateFlow: { ...flowBody("orders") },
  DescribeFlow: { flowName: "orders" },
  ListFlows: {},
  StartFlow: { flowName: "orders" },
  DescribeFlowExecutionRecords: { flowName: "orders" },
  DeleteFlow: { flowName: "orders" },
  UpdateFlow: { ...flowBody("orders") },
  StopFlow: { flowName: "orders" },
  CancelFlowExecutions: { flowName: "orders" },
  ListTagsForResource: { resourceArn: ORDERS },
  TagResource: { resourceArn: ORDERS, tags: { team: "ops" } },
  UntagResource: { resourceArn: ORDERS, tagKeys: ["team"] },
  CreateConnectorProfile: { connectorType: "Datadog", ...profileBody("crm") },
  UpdateConnectorProfile: profileBody("crm"),
  DeleteConnectorProfile: { connectorProfileName: "crm" },
  DescribeConnectorProfiles: { connectorProfileNames: ["crm"] },
  DescribeConnectors: {},
  DescribeConnector: { connectorType: "CustomConnector", connectorLabel: "acme" },
  ListConnectors: {},
  RegisterConnector: {
    connectorLabel: "acme",
    connectorProvisioningType: "LAMBDA",
    connectorProvisioningConfig: { lambda: { lambdaArn: "arn:aws:lambda:eu-west-1:111122223333:function:acme" } },
  },
  UpdateConnectorRegistration: { connectorLabel: "acme" },
  UnregisterConnector: { connectorLabel: "acme" },
  ListConnectorEntities: { connectorProfileName: "crm" },
  DescribeConnectorEntity: { connectorProfileName: "crm", connectorEntityName: "deals" },
  ResetConnectorMetadataCache: { connectorProfileName: "crm" },
};

/** Rights are a matter of keys: what each may do, through the official client. */
describe("policies of keys", () => {
  const keys = new Map<string, AccessKey>([[FULL_KEY.id, FULL_KEY]]);
  const clients: appflow.AppflowClient[] = [];
  let served: ServedApp;

  beforeEach(async () => {
    served = await serveApp({ connectors, ports: { keys: { find: async (id) => keys.get(id) } } });
    const { flows, profiles, registrations } = served.app.ports;
    await flows.create(sampleFlow("orders", { tags: { team: "sales" } }));
    await profiles.create(sampleProfile("crm", { connector: "Datadog" }));
    await registrations.create(sampleRegistration("acme"));
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await served.close();
  });

  /** A client whose key has a policy of these statements. */
  function clientWith(statements: Json, access: AccessKey["access"] = "full"): appflow.AppflowClient {
    const read = parsePolicy({ Version: "2012-10-17", Statement: statements });
    if (!("policy" in read)) throw new Error(JSON.stringify(read.problems));
    const id = `MLRC${String(keys.size).padStart(16, "A")}`;
    const key: AccessKey = { id, secret: new Secret(id), user: "sales", access, policy: read.policy };
    keys.set(id, key);
    const client = served.clientOf(key);
    clients.push(client);
    return client;
  }

  /** The answer's error, or `ok`. */
  async function outcome(client: appflow.AppflowClient, operation: string, input = COMMANDS[operation]!) {
    const Command = (appflow as unknown as Record<string, new (input: object) => appflow.ListFlowsCommand>)[
      `${operation}Command`
    ]!;
    return client.send(new Command(input)).then(
      () => ({ name: "ok", message: "" }),
      ({ name, message }: Error) => ({ name, message }),
    );
  }

  const NOTHING = { Effect: "Allow", Action: "iam:*", Resource: "*" };
  const denial = (action: string, resource: string) => ({
    name: "AccessDeniedException",
    message:
      `User: arn:aws:iam::111122223333:user/sales is not authorized to perform: appflow:${action} on resource: ${resource} ` +
      `because no identity-based policy allows the appflow:${action} action`,
  });

  it("are asked by every operation, about the resource that docs/policies.md names, before anything is done", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/policies.md"), "utf8");
    const rows = new Map(
      [...page.matchAll(/^\| ([A-Z]\w+) \| `(.*)` \|$/gm)].map(([, name, resource]) => [name!, resource!]),
    );
    const client = clientWith(NOTHING);
    const before = served.app.dump();

    expect([...rows.keys()]).toEqual(OPERATIONS.map(({ name }) => name));
    for (const [name, resource] of rows) {
      const named = { flow: "orders", connectorprofile: "crm", connector: "acme" }[resource.split("/")[0]!];
      const arn = resource === "*" ? "*" : PREFIX + resource.replace("NAME", named!);
      expect(await outcome(client, name)).toEqual(denial(name, arn));
    }
    expect(served.app.dump()).toBe(before);
    expect(served.app.started).toEqual([]);
  });

  it("open exactly the operation and the resource that they name", async () => {
    for (const { name } of OPERATIONS) {
      const { message } = await outcome(clientWith(NOTHING), name);
      const [, resource] = /on resource: (\S+)/.exec(message)!;

      const client = clientWith({ Effect: "Allow", Action: `appflow:${name}`, Resource: resource! });

      const another = name === "DescribeFlow" ? "StartFlow" : "DescribeFlow";
      expect((await outcome(client, another)).name).toBe("AccessDeniedException");
      expect((await outcome(client, name)).name, name).not.toBe("AccessDeniedException");
    }
  });

  it("do not tell whether there is a flow or a profile that the caller has no right to", async () => {
    const client = clientWith({
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/team": "hr" } },
    });

    for (const flowName of ["orders", "none"]) {
      expect(await outcome(client, "DescribeFlow", { flowName })).toEqual(
        denial("DescribeFlow", `${PREFIX}flow/${flowName}`),
      );
    }
    for (const connectorProfileName of ["crm", "none"]) {
      expect((await outcome(client, "DeleteConnectorProfile", { connectorProfileName })).name).toBe(
        "AccessDeniedException",
      );
    }
  });

  it("say so when it is a statement that denies", async () => {
    const client = clientWith([
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: "appflow:Delete*", Resource: "*" },
    ]);

    expect((await outcome(client, "DeleteFlow")).message).toMatch(/with an explicit deny in an identity-based policy$/);
    expect((await outcome(client, "DescribeFlow")).name).toBe("ok");
  });

  it("open nothing to a read-only key that changes something", async () => {
    const client = clientWith({ Effect: "Allow", Action: "*", Resource: "*" }, "read-only");

    expect((await outcome(client, "DescribeFlow")).name).toBe("ok");
    expect((await outcome(client, "DeleteFlow")).message).toMatch(/with a read-only access key$/);
  });

  it("ask for TagResource when a flow is created with tags, whose tags give no right to create it", async () => {
    const tagged = { ...flowBody("new"), tags: { team: "sales" } };
    const create = { Effect: "Allow", Action: "appflow:CreateFlow", Resource: "*" };
    const tag = { Effect: "Allow", Action: "appflow:TagResource", Resource: `${PREFIX}flow/new` };
    const own = {
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/team": "sales" } },
    };
    const sales = {
      ...tag,
      Condition: {
        StringEquals: { "aws:RequestTag/team": "sales" },
        "ForAllValues:StringEquals": { "aws:TagKeys": "team" },
      },
    };

    expect(await outcome(clientWith(create), "CreateFlow", tagged)).toEqual(denial("TagResource", `${PREFIX}flow/new`));
    expect(await outcome(clientWith(own), "CreateFlow", tagged)).toEqual(denial("CreateFlow", `${PREFIX}flow/new`));
    const more = { ...tagged, tags: { team: "sales", cost: "1" } };
    expect(await outcome(clientWith([create, sales]), "CreateFlow", more)).toEqual(
      denial("TagResource", `${PREFIX}flow/new`),
    );
    expect((await outcome(clientWith([create, sales]), "CreateFlow", tagged)).name).toBe("ok");
    expect((await outcome(clientWith(own), "DescribeFlow", { flowName: "new" })).name).toBe("ok");
  });

  it("ask for UseConnectorProfile for every profile of a flow, at creation and at every update", async () => {
    const through = (flowName: string) =>
      flowBody(flowName, {
        sourceFlowConfig: {
          connectorType: "Datadog",
          connectorProfileName: "crm",
          sourceConnectorProperties: { Datadog: { object: "metrics" } },
        },
      });
    const all = { Effect: "Allow", Action: ["appflow:CreateFlow", "appflow:UpdateFlow"], Resource: "*" };
    const use = { Effect: "Allow", Action: "appflow:UseConnectorProfile", Resource: `${PREFIX}connectorprofile/crm` };
    const refused = denial("UseConnectorProfile", `${PREFIX}connectorprofile/crm`);

    expect(await outcome(clientWith(all), "CreateFlow", through("new"))).toEqual(refused);
    expect(await outcome(clientWith(all), "UpdateFlow", through("orders"))).toEqual(refused);
    expect((await outcome(clientWith([all, use]), "CreateFlow", through("new"))).name).toBe("ok");
  });

  it("keep the answer of an earlier call from whoever may not make it", async () => {
    const update = { ...flowBody("orders"), clientToken: "t-1" };
    expect((await outcome(served.client, "UpdateFlow", update)).name).toBe("ok");
    const create = { ...flowBody("more"), clientToken: "t-1" };
    expect((await outcome(served.client, "CreateFlow", create)).name).toBe("ok");

    const client = clientWith(NOTHING);

    expect((await outcome(client, "UpdateFlow", update)).name).toBe("AccessDeniedException");
    expect((await outcome(client, "CreateFlow", create)).name).toBe("AccessDeniedException");
  });

  it("do not let a name stand for a profile that is not asked", async () => {
    const client = clientWith({ Effect: "Allow", Action: "appflow:List*", Resource: `${PREFIX}connectorprofile/*` });
    const input = { connectorType: "S3", connectorProfileName: "crm", entitiesPath: "lake" };

    expect(await outcome(client, "ListConnectorEntities", input)).toEqual(denial("ListConnectorEntities", "*"));
  });

  it("cannot be widened by tags: a flow that is not the caller's stays as it is, whatever is called", async () => {
    const { flows } = served.app.ports;
    await flows.create(sampleFlow("payroll", { tags: { team: "hr" } }));
    await flows.create(sampleFlow("plain"));
    const others = await Promise.all(["payroll", "plain"].map((name) => flows.get(name)));
    const client = clientWith([
      { Effect: "Allow", Action: "appflow:CreateFlow", Resource: "*" },
      { Effect: "Allow", Action: "*", Resource: "*", Condition: { StringEquals: { "aws:ResourceTag/team": "sales" } } },
    ]);
    const names = fc.constantFrom("orders", "payroll", "plain", "fresh");
    const tags = fc.constantFrom({ team: "sales" }, { Team: "sales" }, { team: "hr" }, {});
    const answers = new Map<string, number>();
    const call = fc.tuple(
      names,
      tags,
      fc.constantFrom("CreateFlow", "UpdateFlow", "DeleteFlow", "StartFlow", "TagResource", "UntagResource"),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 15 }), async (calls) => {
        for (const name of ["orders", "fresh"]) await flows.delete(name);
        await flows.create(sampleFlow("orders", { tags: { team: "sales" } }));
        for (const [name, given, operation] of calls) {
          const { name: answer } = await outcome(client, operation, inputOf(name, given, operation));
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
        }
        expect(await Promise.all(["payroll", "plain"].map((name) => flows.get(name)))).toEqual(others);
        expect((await flows.get("fresh"))?.tags ?? {}).toEqual({});
      }),
      { numRuns: 25 },
    );
    expect(served.app.started.filter((run) => !run.startsWith("orders/"))).toEqual([]);
    for (const answer of ["ok", "AccessDeniedException"]) expect(answers.get(answer)).toBeGreaterThan(5);
  });
});

function inputOf(flowName: string, tags: object, operation: string): object {
  const resourceArn = `${PREFIX}flow/${flowName}`;
  switch (operation) {
    case "TagResource":
      return { resourceArn, tags };
    case "UntagResource":
      return { resourceArn, tagKeys: ["team"] };
    case "CreateFlow":
    case "UpdateFlow":
      return { ...flowBody(flowName), description: "mine", tags };
    default:
      return { flowName };
  }
}

function profileBody(connectorProfileName: string): object {
  return {
    connectorProfileName,
    connectionMode: "Public",
    connectorProfileConfig: {
      connectorProfileProperties: { Datadog: { instanceUrl: "https://api.datadoghq.com" } },
      connectorProfileCredentials: { Datadog: { apiKey: "a", applicationKey: "b" } },
    },
  };
}
